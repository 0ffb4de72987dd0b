/**
 * How much of a message is read. A template is what a developer wrote in a log call, which ends long before this; what
 * follows is a payload (a dumped object, a list of ids) and would only split the group.
 */
export const MAX_MESSAGE_CHARS = 4_096
/** How many tokens a template may have: 4,096 characters of prose have about 700 words, of which the first 400 tell. */
export const MAX_TOKENS = 400
/** How far the end of a quoted value is looked for: longer ones are text, and are read as text. */
export const MAX_QUOTED_CHARS = 256
/** How much of a token may be looked at twice (addresses, dates, e-mail domains): what keeps the scan linear. */
export const MAX_LOOKAHEAD_CHARS = 64
