/** A location without its line and column: `src/cart.ts:12:5` is `src/cart.ts` and 12. */
export interface Position {
  readonly file: string
  /** 1-based; 0 where there is none. */
  readonly line: number
}

/** Takes `:line` or `:line:column` off the end. Reads backwards, so that a location full of colons costs nothing. */
export function splitPosition(location: string): Position {
  const last = numberBefore(location, location.length)
  if (last < 0) return { file: location, line: 0 }
  const previous = numberBefore(location, last)
  const start = previous < 0 ? last : previous
  const end = previous < 0 ? location.length : last
  return { file: location.slice(0, start), line: Number(location.slice(start + 1, end)) }
}

/** True of `…:12` and `…:12:5`. */
export function hasPosition(location: string): boolean {
  return numberBefore(location, location.length) > 0
}

/** Where the `:` stands of a `:digits` that ends at `end`; -1 where there is none, or nothing before it. */
function numberBefore(text: string, end: number): number {
  let start = end
  while (start > 0 && isDigit(text.charCodeAt(start - 1))) start--
  return start < end && start > 1 && text[start - 1] === ':' ? start - 1 : -1
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
