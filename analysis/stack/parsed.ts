/** What a stack trace says, before anything is left out: `formats/` makes it, `normalise.ts` makes frames of it. */

export const STACK_FORMATS = [
  'v8',
  'gecko',
  'python',
  'java',
  'go',
  'dotnet',
  'ruby',
  'php',
  'rust',
  'beam',
  'native',
  'plain',
] as const
export type StackFormat = (typeof STACK_FORMATS)[number]

export interface RawFrame {
  /** The class, module or package before the function where the format sets it apart, else ''. */
  readonly owner: string
  /** As written; '' where the frame has none. */
  readonly name: string
  /** Path, URL or file name as written, without line and column; '' where the frame has none. */
  readonly file: string
  /** 1-based; 0 where the frame has none. */
  readonly line: number
}

/** One error of a trace. Frames run from where it was thrown outwards, whatever way round the format prints them. */
export interface ParsedError {
  /** '' where the trace does not name it. */
  readonly type: string
  /** The first lines; '' where the trace has none. */
  readonly message: string
  readonly frames: readonly RawFrame[]
  /** What this error was made from or raised while handling. */
  readonly cause?: ParsedError | undefined
  /** The errors that a group (ExceptionGroup, AggregateError, …) holds. */
  readonly members: readonly ParsedError[]
}

export interface ParsedStack {
  readonly format: StackFormat
  /** The outermost error: the one that was reported. */
  readonly error: ParsedError
}

/** Limits: past them the rest is left out, so that no trace can cost more than a bounded time and memory. */
export const MAX_STACK_CHARS = 512 * 1024
export const MAX_LINE_CHARS = 4096
/** No frame of the formats that are told by patterns is longer; the bound keeps what a line costs constant. */
export const MAX_FRAME_CHARS = 600
/** Per error, the innermost ones. A recursion shows itself long before. */
export const MAX_FRAMES = 256
/** Causes, members and their causes together. Real chains have a handful. */
export const MAX_ERRORS = 64
export const MAX_MESSAGE_CHARS = 2000

/** A `ParsedError` while it is being read. */
export interface OpenError {
  type: string
  message: string
  readonly frames: RawFrame[]
  cause?: OpenError
  readonly members: OpenError[]
}

export function openError(type = '', message = ''): OpenError {
  return { type, message: message.slice(0, MAX_MESSAGE_CHARS), frames: [], members: [] }
}

/** For formats that print the innermost frame first. */
export function addFrame(error: OpenError, frame: RawFrame): void {
  if (error.frames.length < MAX_FRAMES) error.frames.push(frame)
}

/** A further line of a message that runs over several. */
export function addToMessage(error: OpenError, line: string): void {
  if (error.message.length + line.length >= MAX_MESSAGE_CHARS) return
  error.message = error.message === '' ? line : `${error.message}\n${line}`
}

/** The far end of the cause chain. Chains are built acyclic and at most `MAX_ERRORS` long. */
export function rootCause(error: OpenError): OpenError {
  let root = error
  while (root.cause !== undefined) root = root.cause
  return root
}
