/**
 * What a text must not do to whoever looks at it: move a cursor or hide words (control characters, C1 among them, whose
 * one byte begins a sequence as ESC does), turn the direction of reading, or have no width. Line feed and tab are not
 * in it.
 */
export const HIDING =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu
/** They choose how a character looks, and can carry a text that nobody sees. */
export const VARIATIONS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu
