import { readHeader } from '../header.ts'
import { addFrame, addToMessage, type OpenError, openError, type RawFrame } from '../parsed.ts'
import { hasPosition, splitPosition } from '../position.ts'

// A path, a script or a bundle; `@host:5432` in a message is none of them.
const PLACE = /\/|\.m?js:|bundle:|^debugger eval/

/**
 * Firefox and Safari: `function@url:line:column`, with no header of their own. Firefox marks what a callback was
 * queued by (`async*`, `promise callback*`); Safari leaves anonymous functions as bare URLs.
 */
export function parseGecko(lines: readonly string[]): OpenError | undefined {
  const error = openError()
  for (const line of lines) {
    const body = line.trim()
    if (body === '') continue
    const frame = readFrame(body)
    if (frame !== undefined) addFrame(error, frame)
    else if (error.frames.length === 0) readName(error, body)
  }
  return error.frames.length > 0 ? error : undefined
}

/** `function@location` as a frame; undefined where the line is none. */
export function readFrame(body: string): RawFrame | undefined {
  // The first `@`: a URL may hold more of them (`…/npm/react@18.2.0/…`), a function name none.
  const at = body.indexOf('@')
  if (at < 0) return isUrl(body) && hasPosition(body) ? frameAt('', body) : undefined
  const location = body.slice(at + 1)
  if (location === '[native code]') return { owner: '', name: body.slice(0, at), file: 'native', line: 0 }
  if (!hasPosition(location) || !PLACE.test(location)) return undefined
  // Names have two words at most (`module code`): `cannot reach user@host/db:5432` is no frame.
  if (body.slice(0, at).split(' ', 4).length > 3) return undefined
  return isUrl(body.slice(0, at)) && hasPosition(body) ? frameAt('', body) : frameAt(body.slice(0, at), location)
}

function frameAt(name: string, location: string): RawFrame {
  const evaluated = location.indexOf(' line ')
  const place = evaluated > 0 ? location.slice(0, evaluated) : location
  // `promise callback*load`, `async*load`: what comes before the star is how the frame was reached.
  return { owner: '', name: name.slice(name.lastIndexOf('*') + 1), ...splitPosition(place) }
}

function readName(error: OpenError, body: string): void {
  const header = error.type === '' && error.message === '' ? readHeader(body) : undefined
  if (header === undefined) addToMessage(error, body)
  else Object.assign(error, header)
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z-]{1,20}:\/\//.test(text)
}
