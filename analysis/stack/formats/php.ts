import { readHeader } from '../header.ts'
import { addFrame, addToMessage, MAX_ERRORS, type OpenError, openError, rootCause } from '../parsed.ts'
import { hasPosition, type Position, splitPosition } from '../position.ts'
import { placeOf } from './php-internals.ts'

const CALL = /^#\d+ (?:(\[internal function\])|(.*?)\((\d+)\)): (.*)$/s
// Monolog: `[object] (App\CartError(code: 0): message at /app/src/Cart.php:12)`
const MONOLOG = /\[object\] \(([\w\\]+)\(code: [^)]*\): /
/** `PHP   2. App\Checkout->run() /app/public/index.php:3`: numbered from the outermost call on. */
const LOGGED = /^(?:PHP +)?\d+\. (.+\)) (\S+):(\d+)$/
/** The template that Laravel compiled: the file that ran has a name without meaning. */
const VIEW = /\(View: ([^()]+)\)/
const NO_POSITION: Position = { file: '', line: 0 }

/** An error, and where the frame that is read next is to be found. */
interface Section {
  readonly error: OpenError
  at: Position
}

/**
 * PHP: `#0 file(line): Class->method(arguments)` says where a function was called *from*; where the function itself is
 * follows from the line before. So every frame gets the place that the previous line named, the first one the place
 * where the error was thrown. In `__toString()` the root cause comes first and `Next` begins the error around it.
 */
export function parsePhp(lines: readonly string[]): OpenError | undefined {
  let outermost: OpenError | undefined
  let section: Section | undefined
  let count = 0
  const begin = (read: Section, relation: 'wraps' | 'causes'): void => {
    if (count++ >= MAX_ERRORS) return
    if (outermost === undefined) outermost = read.error
    else if (relation === 'causes') rootCause(outermost).cause = read.error
    else {
      read.error.cause = outermost
      outermost = read.error
    }
    section = read
  }

  const logged: { call: string; at: Position }[] = []
  for (const line of lines) {
    // Monolog writes JSON, in which every backslash of a namespace is two.
    const body = line.trim().replaceAll('\\\\', '\\')
    if (body === '') continue
    const call = LOGGED.exec(body)
    if (call !== null) logged.push({ call: call[1]!, at: { file: call[2]!, line: Number(call[3]) } })
    else if (body.startsWith('#')) {
      if (section === undefined) begin(newSection('', '', NO_POSITION), 'wraps')
      if (section !== undefined) readCall(section, body)
    } else if (body.startsWith('Next ')) {
      begin(readThrown(body.slice('Next '.length)), 'wraps')
    } else if (body.includes('[object] (')) {
      const read = readMonolog(body)
      if (read !== undefined) begin(read, body.startsWith('[previous exception]') ? 'causes' : 'wraps')
    } else if (section === undefined) {
      const uncaught = body.indexOf('Uncaught ')
      begin(readThrown(uncaught < 0 ? body : body.slice(uncaught + 'Uncaught '.length)), 'wraps')
    } else if (section.error.frames.length === 0 && section.at.file === '') {
      readRestOfHeader(section, body)
    }
  }
  if (section !== undefined) for (const { call, at } of logged.reverse()) readLogged(section, call, at)
  for (const error of outermost === undefined ? [] : [outermost]) {
    const view = VIEW.exec(error.message)?.[1]
    if (view !== undefined) error.frames.unshift({ owner: '', name: '', file: view, line: 0 })
  }
  return outermost
}

function readLogged(section: Section, call: string, from: Position): void {
  const { error, at } = section
  if (call.startsWith('{main}')) addFrame(error, { owner: '', name: '{main}', ...at })
  else {
    const called = readFunction(call)
    addFrame(error, { ...called, ...placeOf(called, at, from) })
  }
  section.at = from
}

function readCall(section: Section, body: string): void {
  const { error, at } = section
  if (body.endsWith(' {main}')) addFrame(error, { owner: '', name: '{main}', ...at })
  const call = CALL.exec(body)
  if (call === null) return
  const from = call[1] === undefined ? { file: call[2] ?? '', line: Number(call[3]) } : { file: call[1], line: 0 }
  const called = readFunction(call[4] ?? '')
  addFrame(error, { ...called, ...placeOf(called, at, from) })
  section.at = from
}

/** `App\Cart->total(Object(App\Order), 2)` as owner and name. */
export function readFunction(text: string): { owner: string; name: string } {
  // `{closure:App\Cart::total():12}()` keeps its own parentheses.
  const closure = text.indexOf('{closure')
  const open = text.indexOf('(', closure < 0 ? 0 : Math.max(text.indexOf('}', closure), 0))
  const full = open < 0 ? text : text.slice(0, open)
  const arrow = full.indexOf('->')
  const split = arrow < 0 && closure !== 0 ? full.indexOf('::') : arrow
  return split < 0 ? { owner: '', name: full } : { owner: full.slice(0, split), name: full.slice(split + 2) }
}

function readThrown(text: string): Section {
  const { message, at } = splitThrown(text, ' in ')
  const header = readHeader(message)
  return newSection(header?.type ?? '', header?.message ?? message, at)
}

function readMonolog(body: string): Section | undefined {
  const match = MONOLOG.exec(body)
  if (match === null) return undefined
  const end = body.lastIndexOf(')')
  const { message, at } = splitThrown(body.slice(match.index + match[0].length, end), ' at ')
  return newSection(match[1]!, message, at)
}

/** A message of several lines ends in the place. */
function readRestOfHeader(section: Section, body: string): void {
  if (/^(?:PHP )?Stack trace:$/.test(body) || body === '[stacktrace]') return
  const { message, at } = splitThrown(body, ' in ')
  addToMessage(section.error, message)
  section.at = at
}

/** `message in /app/src/Cart.php:12`: the message may hold the word too, so the last one counts. */
function splitThrown(text: string, word: string): { message: string; at: Position } {
  const split = text.lastIndexOf(word)
  if (split < 0 || !hasPosition(text)) return { message: text, at: NO_POSITION }
  return { message: text.slice(0, split), at: splitPosition(text.slice(split + word.length)) }
}

function newSection(type: string, message: string, at: Position): Section {
  return { error: openError(type, message), at }
}
