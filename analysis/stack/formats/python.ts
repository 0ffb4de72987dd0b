import { namesAnError, readHeader } from '../header.ts'
import { indentOf } from '../lines.ts'
import { MAX_ERRORS, MAX_FRAMES, type OpenError, openError, type RawFrame } from '../parsed.ts'

const DIRECT_CAUSE = 'The above exception was the direct cause of the following exception:'
const CONTEXT = 'During handling of the above exception, another exception occurred:'
// At the end of a traceback comes the type, whatever it looks like, and after a colon the message.
const LAST_LINE = /^([A-Za-z_][\w.]*)(?:: ?(.*))?$/s
const SEPARATOR = /^\+(-\+)?-{4,}(?: (?:\d+|\.\.\.) -+)?$/

const TRACEBACK = /Traceback \(most recent call last\)(?::| ─)/

/** Groups within groups. Deeper ones are read as if they stood here. */
const MAX_LEVELS = 16

/** One exception group's worth of nesting: chains are read level by level. */
interface Level {
  /** The last exception that was read whole. */
  last?: OpenError | undefined
  /** Of the traceback that is being read, outermost first as printed. */
  frames: RawFrame[]
  reading: boolean
  /** A line has said that `last` led to the next exception. */
  linked: boolean
  /** The group that this level's exceptions are members of. */
  group?: OpenError | undefined
}

/**
 * Python: tracebacks outermost frame first, chains cause first, exception groups (PEP 654) drawn with `|` and `+` in a
 * margin two columns wider per level. An implicit context (`During handling …`) counts as a cause: most code in the
 * field that raises inside an `except` means `from`.
 */
export function parsePython(lines: readonly string[]): OpenError | undefined {
  const levels: Level[] = [newLevel()]
  let count = 0
  for (const line of lines) {
    const { depth, content } = readMargin(line)
    while (levels.length <= depth) levels.push(newLevel())
    const level = levels[depth]!
    const separator = SEPARATOR.exec(content)
    if (separator !== null) {
      // `+-+---- 1 ----` opens the members of the group that was just read, `+---- 2 ----` begins the next member.
      if (separator[1] === undefined) closeMember(level)
      else levels[depth + 1] = { ...newLevel(), group: level.last }
    } else if (content === DIRECT_CAUSE || content === CONTEXT) {
      level.linked = true
    } else if (TRACEBACK.test(content)) {
      level.reading = true
      level.frames = []
    } else if (content.startsWith('│')) {
      const frame = readRichFrame(content)
      if (frame !== undefined) push(level, frame)
    } else if (content.includes('File "')) {
      const frame = readFrame(content)
      if (frame !== undefined) push(level, frame)
    } else if (
      (level.reading || level.frames.length > 0 || isUnraisedMember(level, content)) &&
      indentOf(content) === 0 &&
      content !== ''
    ) {
      const last = LAST_LINE.exec(content)
      if (last !== null && count++ < MAX_ERRORS) complete(level, openError(last[1], last[2]))
    }
  }
  for (const level of levels.slice(1).reverse()) closeMember(level)
  const outermost = levels[0]!
  if (outermost.last === undefined && outermost.frames.length > 0) complete(outermost, openError())
  return outermost.last
}

/** `File "…", line 12, in total` as a frame. The line of a SyntaxError names no function. */
export function readFrame(content: string): RawFrame | undefined {
  const start = content.indexOf('File "')
  const end = content.indexOf('", line ', start)
  if (start < 0 || end < 0 || content.slice(0, start).trim().length > 1) return undefined
  const rest = content.slice(end + '", line '.length)
  const comma = rest.indexOf(', in ')
  const name = comma < 0 ? '' : rest.slice(comma + ', in '.length).trim()
  return { owner: '', name, file: content.slice(start + 'File "'.length, end), line: Number.parseInt(rest, 10) || 0 }
}

/** `    | ValueError: x` is `ValueError: x` one level down; the outermost group's own margin is level 0. */
function readMargin(line: string): { depth: number; content: string } {
  const column = indentOf(line)
  const mark = line[column]
  if (column < 2 || (mark !== '|' && mark !== '+')) return { depth: 0, content: line }
  const depth = Math.min((column >> 1) - 1, MAX_LEVELS)
  if (mark === '+' && line[column + 1] === '-') return { depth, content: line.slice(column).trimEnd() }
  return { depth, content: line.slice(column + 2) }
}

function push(level: Level, frame: RawFrame): void {
  level.frames.push(frame)
  // The innermost frames are the last: the others go.
  if (level.frames.length > 2 * MAX_FRAMES) level.frames.splice(0, MAX_FRAMES)
}

/** A member of a group that was made and never raised has no traceback, only its last line. */
function isUnraisedMember(level: Level, content: string): boolean {
  return level.group !== undefined && level.last === undefined && namesAnError(readHeader(content)?.type ?? '')
}

/** Rich draws a box: `│ /app/shop/cart.py:12 in total     │`. */
function readRichFrame(content: string): RawFrame | undefined {
  const match = /^│ (\S.*?):(\d+) in (\S+) *│?$/.exec(content.trimEnd())
  return match === null ? undefined : { owner: '', name: match[3]!, file: match[1]!, line: Number(match[2]) }
}

function complete(level: Level, error: OpenError): void {
  const frames = level.frames.slice(-MAX_FRAMES).reverse()
  error.frames.push(...frames)
  level.frames = []
  level.reading = false
  if (level.last === undefined || level.linked) {
    if (level.last !== undefined) error.cause = level.last
    level.last = error
  }
  level.linked = false
}

function closeMember(level: Level): void {
  if (level.last !== undefined) level.group?.members.push(level.last)
  Object.assign(level, { ...newLevel(), group: level.group })
}

function newLevel(): Level {
  return { frames: [], reading: false, linked: false, last: undefined }
}
