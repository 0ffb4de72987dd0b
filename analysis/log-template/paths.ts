import { trimmedEnd } from './addresses.ts'
import { CONNECTOR, classAt, classOf, isAlphanumeric, isDigitAt, isLetter } from './characters.ts'

const SLASH = 0x2f
const BACKSLASH = 0x5c
const DOT = 0x2e
const COLON = 0x3a

/** `/etc/hosts`, `./run`, `../x`, `~/x`, `C:\Windows`, `D:/x`, `\\host\share`: the place after it, or -1. */
export function pathEnd(text: string, at: number, limit: number): number {
  let root = at
  if (isLetter(classAt(text, at))) {
    if (text.charCodeAt(at + 1) !== COLON) return -1
    root = at + 2
  } else {
    while (root - at < 2 && (text.charCodeAt(root) === DOT || text.charCodeAt(root) === 0x7e)) root++
  }
  if (!isSlash(text.charCodeAt(root)) || !hasName(text, root + 1)) return -1
  const end = segmentsEnd(text, root, limit)
  return end > root + 1 ? end : -1
}

/**
 * `src/main/App.java`, `webapps\mapreduce\x`: a chunk of letters that goes on with slashes. One slash without a file
 * extension is prose (`load/store`, `TCP/IP`).
 */
export function relativePathEnd(text: string, start: number, slash: number, limit: number): number {
  if (!isAlphanumeric(classAt(text, slash + 1)) && classAt(text, slash + 1) !== CONNECTOR) return -1
  const end = segmentsEnd(text, slash, limit)
  let slashes = 0
  let dot = -1
  for (let at = slash; at < end; at++) {
    const code = text.charCodeAt(at)
    if (isSlash(code)) slashes++
    else if (code === DOT) dot = at
  }
  if (slashes >= 2) return end
  if (dot <= slash + 1 || isDigitAt(text, dot + 1)) return -1
  const colon = text.indexOf(':', dot)
  // `server/http.go:42` is a place in a program: which file tells what was logged, and the line moves.
  if (colon > dot && colon < end) return -1
  return end - dot <= 6 && end - dot >= 2 && end > start ? end : -1
}

export function isSlash(code: number): boolean {
  return code === SLASH || code === BACKSLASH
}

/** Runs over everything that file names, jar entries, globs and query strings are made of. */
function segmentsEnd(text: string, at: number, limit: number): number {
  let end = at
  let isQuery = false
  while (end < limit) {
    const code = text.charCodeAt(end)
    const cls = classOf(code)
    if (!isAlphanumeric(cls) && cls !== CONNECTOR && !isPathMark(code)) {
      if (code === 0x3f && isAlphanumeric(classAt(text, end + 1))) isQuery = true
      else if ((code === COLON || code === 0x3d) && isNameStart(text, end + 1)) {
        // A port, a line number, a partition (`dt=2026-01-01`), a parameter.
      } else if (!isQuery || (code !== 0x26 && code !== 0x2c && code !== 0x5b && code !== 0x5d && code !== 0x3b)) break
    }
    end++
  }
  return trimmedEnd(text, at, end)
}

/** `/` `\` `+` `%` `@` `#` `*` `!` `^`. */
function isPathMark(code: number): boolean {
  return (
    isSlash(code) ||
    code === 0x2b ||
    code === 0x25 ||
    code === 0x40 ||
    code === 0x23 ||
    code === 0x2a ||
    code === 0x21 ||
    code === 0x5e
  )
}

function isNameStart(text: string, at: number): boolean {
  return isAlphanumeric(classAt(text, at)) || isSlash(text.charCodeAt(at))
}

/** A name begins within a few characters of the first slash: `///` and `/ ` are no paths. */
const MAX_ROOT_CHARS = 8

function hasName(text: string, start: number): boolean {
  for (let at = start; at < start + MAX_ROOT_CHARS; at++) {
    const code = text.charCodeAt(at)
    const cls = classAt(text, at)
    if (isAlphanumeric(cls) || code === 0x2a) return true
    if (cls !== CONNECTOR && !isPathMark(code)) return false
  }
  return false
}
