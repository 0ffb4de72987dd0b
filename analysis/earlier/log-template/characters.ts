/** Classes of characters, ordered so that a range check answers "letter?", "hex digit?", "letter or digit?". */
export const HARD = 0
export const SPACE = 1
/** `.` `-` `_` `~` `$`: part of a token where a letter or digit follows, punctuation elsewhere. */
export const CONNECTOR = 2
export const LOWER = 3
export const UPPER = 4
export const HEX_LOWER = 5
export const HEX_UPPER = 6
export const DIGIT = 7

const ASCII = new Uint8Array(128)
for (let code = 0; code <= 0x20; code++) ASCII[code] = SPACE
ASCII[0x7f] = SPACE
for (const mark of '.-_~$') ASCII[mark.charCodeAt(0)] = CONNECTOR
for (let code = 0x61; code <= 0x7a; code++) ASCII[code] = code <= 0x66 ? HEX_LOWER : LOWER
for (let code = 0x41; code <= 0x5a; code++) ASCII[code] = code <= 0x46 ? HEX_UPPER : UPPER
for (let code = 0x30; code <= 0x39; code++) ASCII[code] = DIGIT

/** The class of a UTF-16 code unit. Beyond ASCII everything is a letter but Unicode's own spaces and punctuation. */
export function classOf(code: number): number {
  return code < 128 ? ASCII[code]! : wideClass(code)
}

function wideClass(code: number): number {
  if (code === 0xa0 || code === 0xfeff || code === 0x3000 || code === 0x85) return SPACE
  if (code >= 0x2000 && code <= 0x206f) return code <= 0x200b || code === 0x2028 || code === 0x2029 ? SPACE : HARD
  if (code >= 0x80 && code <= 0xbf) return HARD
  if (code >= 0x2190 && code <= 0x25ff) return HARD
  if (code >= 0x3001 && code <= 0x3020) return HARD
  if (code >= 0xff00 && code <= 0xff20 && !(code >= 0xff10 && code <= 0xff19)) return HARD
  return LOWER
}

/** The class of the character at `at`, SPACE past the end: whatever ends a token there ends it at the end too. */
export function classAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? classOf(text.charCodeAt(at)) : SPACE
}

export function isAlphanumeric(cls: number): boolean {
  return cls >= LOWER
}

export function isLetter(cls: number): boolean {
  return cls >= LOWER && cls < DIGIT
}

export function isUpper(cls: number): boolean {
  return cls === UPPER || cls === HEX_UPPER
}

export function isLower(cls: number): boolean {
  return cls === LOWER || cls === HEX_LOWER
}

export function isHex(cls: number): boolean {
  return cls >= HEX_LOWER
}

export function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}

/** Where the run of decimal digits that starts at `at` ends; at most `max` of them. */
export function digitsEnd(text: string, at: number, max: number): number {
  let end = at
  while (end - at < max && isDigitAt(text, end)) end++
  return end
}
