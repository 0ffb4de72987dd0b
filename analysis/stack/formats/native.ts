import { readHeader } from '../header.ts'
import { addFrame, addToMessage, MAX_FRAME_CHARS, type OpenError, openError, type RawFrame } from '../parsed.ts'

/**
 * Code compiled to machine code, as debuggers, sanitizers and crash reporters print it. Each pattern has the groups `name`
 * and, where the form has them, `image` (the library or program), `file`, `line`, and `pc` (an offset in the image).
 */
const FORMS: readonly RegExp[] = [
  // Android's tombstones and ndk-stack
  /^#\d+ +pc (?<pc>[0-9a-f]+) +(?<image>\S+)(?: \(offset [^)]*\))?(?: \((?<name>[^()]*(?:\([^()]*\))?[^()]*?)(?:\+\d+)?\))?(?: \(BuildId: \w+\))?$/,
  // Sanitizers, with debug information and without
  /^#\d+ 0x[0-9a-f]+ in (?<name>\S.*?) (?<file>[^\s:]+):(?<line>\d+)(?::\d+)?$/,
  /^#\d+ 0x[0-9a-f]+ in (?<name>\S.*?) +\((?<image>[^()]+)\+0x[0-9a-f]+\)(?: \(BuildId: \w+\))?$/,
  /^#\d+ 0x[0-9a-f]+ +\((?<image>[^()]+)\+(?<pc>0x[0-9a-f]+)\)(?: \(BuildId: \w+\))?$/,
  // systemd's coredumps
  /^#\d+ +0x[0-9a-f]+ (?<name>\S+) \((?<image>[^()]+) \+ 0x[0-9a-f]+\)$/,
  // gdb and lldb
  /^#\d+ +(?:0x[0-9a-f]+ in )?(?<name>[^\s(].*?) ?\([^()]*(?:\([^()]*\)[^()]*)*\)(?: at (?<file>.+):(?<line>\d+)| from (?<image>\S+))?$/,
  /^(?:\* )?frame #\d+: 0x[0-9a-f]+ (?<image>[^`]+)`(?<name>.+?)(?: at (?<file>\S+?):(?<line>\d+)(?::\d+)?| \+ \d+)?$/,
  // Crash reports of Apple's systems
  /^\d+\s+(?<image>\S.*?)\s+0x[0-9a-f]{6,16} (?<name>\S.*?) \+ \d+(?: \((?<file>[^()]+):(?<line>\d+)\))?$/,
  /^\d+\s+(?<image>\S+)\s+0x[0-9a-f]{6,16} (?<name>\S.*?) \(in \S+\)(?: \((?<file>[^()]+):(?<line>\d+)\))?/,
  // std::stacktrace and Boost
  /^\d+# (?<name>\S.*?)(?: at (?<file>.+):(?<line>\d+)| in (?<image>\S+))?$/,
  // glibc's backtrace_symbols, Abseil, WinDbg
  /^(?<image>\S+)\((?<name>[\w$.]+)\+0x[0-9a-f]+\) ?\[0x[0-9a-f]+\]$/,
  /^@ +0x[0-9a-f]+ +(?:\d+ +)?(?<name>[\w~].*)$/,
  /^(?:[0-9a-f`]+ [0-9a-f`]+ )?(?<image>[\w.-]+)!(?<name>[^\s+]+)(?:\+0x[0-9a-f]+)?(?: \[(?<file>.+?) @ (?<line>\d+)\])?$/,
]
/** What a line of all of them begins with, so that others cost one test. */
const BEGINS = /^(?:#\d|\d+#|\d+\s+\S|@ +0x|(?:\* )?frame #|\S+\([\w$.]+\+0x|\S+!\S|[0-9a-f`]+ [0-9a-f`]+ )/

/** Dart numbers its frames in the same way. */
const DART = /\((?:package|dart|file|https?|org-dartlang-\w+):|_kDart/

const SANITIZER = /^==\d+==\s*ERROR: (\w+Sanitizer: [\w-]+)/
const SIGNAL = /\bsignal \d+ \((SIG\w+)\)/

/** The first stack of the text; what freed or allocated the memory, and other threads, come after it. */
export function parseNative(lines: readonly string[]): OpenError | undefined {
  const error = openError()
  for (const line of lines) {
    const body = line.trim()
    if (body === '') continue
    const frame = readFrame(body)
    if (frame !== undefined) {
      if (error.frames.length > 0 && /^(?:#0+\b|0[# ])/.test(body)) break
      addFrame(error, frame)
    } else if (error.frames.length === 0) readReason(error, body)
  }
  return error.frames.length > 0 ? error : undefined
}

export function readFrame(body: string): RawFrame | undefined {
  if (body.length > MAX_FRAME_CHARS || !BEGINS.test(body) || DART.test(body)) return undefined
  for (const form of FORMS) {
    const groups = form.exec(body)?.groups
    if (groups === undefined) continue
    const { image = '', name = '', file = '', line = '0', pc = '' } = groups
    // Without a symbol the offset is all there is; it is the same wherever the same build crashes in the same place.
    const known = name === '' || name === '??' || name === 'n/a' ? offsetName(pc) : name
    return { owner: image.replaceAll('\\', '/'), name: known, file, line: Number(line) }
  }
  return undefined
}

function offsetName(pc: string): string {
  const digits = pc.replace(/^(?:0x)?0*/, '')
  return digits === '' ? '' : `pc_${digits}`
}

function readReason(error: OpenError, body: string): void {
  const known = SANITIZER.exec(body)?.[1] ?? SIGNAL.exec(body)?.[1]
  if (known !== undefined) error.type ||= known
  const header = error.type === '' ? readHeader(body) : undefined
  if (header !== undefined) {
    error.type = header.type
    error.message = header.message
  } else if (known === undefined && !/^[*=\s]+$/.test(body)) addToMessage(error, body)
}
