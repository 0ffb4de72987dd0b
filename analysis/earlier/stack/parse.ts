import { FRAME_WORDS, parseDotnet, readFrame as readDotnetFrame } from './formats/dotnet.ts'
import { parseGecko, readFrame as readGeckoFrame } from './formats/gecko.ts'
import { parseGo } from './formats/go.ts'
import { parseJava } from './formats/java.ts'
import { parsePhp } from './formats/php.ts'
import { isOpenTelemetryPhp, parseOpenTelemetryPhp } from './formats/php-opentelemetry.ts'
import { parsePython } from './formats/python.ts'
import { parseRuby, readFrame as readRubyFrame } from './formats/ruby.ts'
import { parseRust } from './formats/rust.ts'
import { parseV8, readFrame as readV8Frame } from './formats/v8.ts'
import { stackLines } from './lines.ts'
import { type OpenError, type ParsedStack, STACK_FORMATS, type StackFormat } from './parsed.ts'

const PARSERS: Record<StackFormat, (lines: readonly string[]) => OpenError | undefined> = {
  v8: parseV8,
  gecko: parseGecko,
  python: parsePython,
  java: parseJava,
  go: parseGo,
  dotnet: parseDotnet,
  ruby: parseRuby,
  php: lines => (lines.some(isOpenTelemetryPhp) ? parseOpenTelemetryPhp(lines) : parsePhp(lines)),
  rust: parseRust,
}

/** `telemetry.sdk.language` and the names that loggers use, to what their traces look like. */
const FORMATS_OF_LANGUAGE: ReadonlyMap<string, readonly StackFormat[]> = new Map([
  ['nodejs', ['v8']],
  ['javascript', ['v8', 'gecko']],
  ['webjs', ['v8', 'gecko']],
  ['python', ['python']],
  ['java', ['java']],
  ['kotlin', ['java']],
  ['go', ['go']],
  ['dotnet', ['dotnet']],
  ['ruby', ['ruby']],
  ['php', ['php']],
  ['rust', ['rust']],
])

/** A format shows itself in its first lines; reading further would only cost. */
const MAX_LINES_TO_DETECT = 300

/**
 * Reads a stack trace of any of the formats. Which one it is, is told from the lines themselves; `language` decides
 * where they leave it open. Undefined where there are no frames. Takes time linear in the text and never throws.
 */
export function parseStack(text: string, language?: string): ParsedStack | undefined {
  const lines = stackLines(text)
  const format = detectFormat(lines, language)
  if (format === undefined) return undefined
  const error = PARSERS[format](lines)
  return error === undefined ? undefined : { format, error }
}

/** The format that most lines speak for. */
export function detectFormat(lines: readonly string[], language?: string): StackFormat | undefined {
  const votes = new Map<StackFormat, number>()
  for (let i = 0; i < lines.length && i < MAX_LINES_TO_DETECT; i++) {
    const vote = voteOf(lines[i]!)
    if (vote !== undefined) votes.set(vote[0], (votes.get(vote[0]) ?? 0) + vote[1])
  }
  for (const format of FORMATS_OF_LANGUAGE.get(language?.toLowerCase() ?? '') ?? []) {
    // The sender should know, but a Node.js service may log the trace of a Python child.
    const own = votes.get(format)
    if (own !== undefined) votes.set(format, 2 * own + 1)
  }
  let best: StackFormat | undefined
  for (const format of STACK_FORMATS) {
    if ((votes.get(format) ?? 0) > (best === undefined ? 0 : votes.get(best)!)) best = format
  }
  return best
}

/** What a line is surely a part of, and how sure. */
function voteOf(line: string): readonly [StackFormat, number] | undefined {
  const body = line.trim()
  if (body.length < 4) return undefined
  if (body.startsWith('at ')) return isOpenTelemetryPhp(body) ? ['php', 1] : voteOfAt(body)
  if (body.includes('Traceback (most recent call last):')) return ['python', 2]
  if (body.includes('File "') && body.includes('", line ')) return ['python', 1]
  if (body.startsWith('goroutine ') && body.endsWith(']:')) return ['go', 3]
  if (line !== body && /^\S.*\.go:\d+(?: \+0x[0-9a-f]+.*)?$/.test(body)) return ['go', 1]
  if (body.startsWith("thread '") && body.includes(' panicked at ')) return ['rust', 3]
  if (/^stack backtrace:$/i.test(body)) return ['rust', 3]
  if (body.startsWith('#')) return /^#\d+ (?!\s|0x)/.test(body) ? ['php', 2] : undefined
  if (/^\d+: +(?:0x[0-9a-f]+ - )?[\w<{]/.test(body) && !body.includes(': from ')) return ['rust', 1]
  if (readRubyFrame(body) !== undefined) return ['ruby', 2]
  if (FRAME_WORDS.some(word => body.startsWith(word)) && readDotnetFrame(body) !== undefined) return ['dotnet', 1]
  return readGeckoFrame(body) === undefined ? undefined : ['gecko', 1]
}

// What the JVM writes between the parentheses: a source file, or why there is none.
const JAVA_PLACE =
  /^(?:Native Method|Unknown Source|<generated>|Redefined|[\w$.<>-]+\.(?:java|kt|scala|groovy|clj)|[\w$.-]+:\d+)(?::\d+)?$/

/** V8, the JVM and .NET all begin with `at`; they differ in what the parentheses hold. */
function voteOfAt(body: string): readonly [StackFormat, number] | undefined {
  const close = body.endsWith(')') ? body.length - 1 : body.lastIndexOf(') ')
  if (close > 0) {
    const open = body.lastIndexOf('(', close)
    if (open > 3 && body[open - 1] !== ' ') {
      if (JAVA_PLACE.test(body.slice(open + 1, close))) return ['java', 1]
      if (readDotnetFrame(body) !== undefined) return ['dotnet', 1]
    }
  }
  if (body.includes('(') && !body.includes(' (') && readDotnetFrame(body) !== undefined) return ['dotnet', 1]
  return readV8Frame(body) === undefined ? undefined : ['v8', 1]
}
