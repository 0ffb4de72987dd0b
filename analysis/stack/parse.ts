import { parseBeam, readFrames as readBeamFrames } from './formats/beam.ts'
import { FRAME_WORDS, parseDotnet, readFrame as readDotnetFrame } from './formats/dotnet.ts'
import { parseGecko, readFrame as readGeckoFrame } from './formats/gecko.ts'
import { parseGo } from './formats/go.ts'
import { parseJava } from './formats/java.ts'
import { parseNative, readFrame as readNativeFrame } from './formats/native.ts'
import { parsePhp } from './formats/php.ts'
import { isOpenTelemetryPhp, parseOpenTelemetryPhp } from './formats/php-opentelemetry.ts'
import { parsePlain, surenessOf } from './formats/plain.ts'
import { parsePython } from './formats/python.ts'
import { parseRuby, readFrame as readRubyFrame } from './formats/ruby.ts'
import { parseRust } from './formats/rust.ts'
import { parseV8, readFrame as readV8Frame } from './formats/v8.ts'
import { stackLines } from './lines.ts'
import { MAX_FRAME_CHARS, type OpenError, type ParsedStack, STACK_FORMATS, type StackFormat } from './parsed.ts'
import { unwrapStack } from './unwrap.ts'

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
  beam: parseBeam,
  native: parseNative,
  plain: parsePlain,
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
  ['elixir', ['beam']],
  ['erlang', ['beam']],
  ['cpp', ['native']],
  ['swift', ['native']],
])

/** A format shows itself in its first lines; reading further would only cost. */
const MAX_LINES_TO_DETECT = 300

/**
 * Reads a stack trace of any of the formats. Which one it is, is told from the lines themselves; `language` decides
 * where they leave it open. Undefined where there are no frames. Takes time linear in the text and never throws.
 */
export function parseStack(text: string, language?: string): ParsedStack | undefined {
  const lines = stackLines(unwrapStack(text))
  const format = detectFormat(lines, language)
  if (format === undefined) return undefined
  const error = PARSERS[format](lines)
  return error === undefined ? undefined : { format, error }
}

/** The format that most lines speak for. */
export function detectFormat(lines: readonly string[], language?: string): StackFormat | undefined {
  const votes = votesOf(lines, voteOf)
  for (const format of FORMATS_OF_LANGUAGE.get(language?.toLowerCase() ?? '') ?? []) {
    // The sender should know, but a Node.js service may log the trace of a Python child.
    const own = votes.get(format)
    if (own !== undefined) votes.set(format, 2 * own + 1)
  }
  return bestOf(votes) ?? bestOf(votesOf(lines, voteOfOthers))
}

function votesOf(lines: readonly string[], vote: typeof voteOf): Map<StackFormat, number> {
  const votes = new Map<StackFormat, number>()
  for (let i = 0; i < lines.length && i < MAX_LINES_TO_DETECT; i++) {
    const given = vote(lines[i]!)
    if (given !== undefined) votes.set(given[0], (votes.get(given[0]) ?? 0) + given[1])
  }
  return votes
}

function bestOf(votes: ReadonlyMap<StackFormat, number>): StackFormat | undefined {
  let best: StackFormat | undefined
  for (const format of STACK_FORMATS) {
    if ((votes.get(format) ?? 0) > (best === undefined ? MIN_VOTES - 1 : votes.get(best)!)) best = format
  }
  return best
}

/** A single line of the general form may be a sentence that names a file. */
const MIN_VOTES = 1

/** What only speaks where no line is sure of the formats above: forms that have little in common but names and numbers. */
function voteOfOthers(line: string): readonly [StackFormat, number] | undefined {
  const body = line.trim()
  if (body.length < 4) return undefined
  if (readNativeFrame(body) !== undefined) return ['native', 3]
  if (readBeamFrames(body).length > 0) return ['beam', 3]
  const sureness = surenessOf(body)
  return sureness === 0 ? undefined : ['plain', sureness]
}

/** `Shop.Basket.Total () (at Assets/Scripts/Basket.cs:12)`; `at Shop.Basket.Total () [0x00012] in /src/Basket.cs:12`. */
const UNITY = /^[\w.+<>`]+[.:][\w<>`.|]+ ?\([^()]*\) \(at .*:\d+\)$/
const MONO = /^at \S+ \([^()]*\) [[(]0x[0-9a-f]+[\])] in /
/** `at RUBY.total(/app/lib/cart.rb:12)`. */
const JRUBY = /^at \S+\(\S+\.rb:\d+\)$/
/** `PHP   2. App\\Cart->total() /app/src/Cart.php:20`, as Xdebug and the command line's log print it. */
const PHP_LOG = /^(?:PHP +)?\d+\. \S+\(.*\) \S+:\d+$/

/** What a line is surely a part of, and how sure. */
function voteOf(line: string): readonly [StackFormat, number] | undefined {
  const body = line.trim()
  if (body.length < 4) return undefined
  if (body.length <= MAX_FRAME_CHARS && (UNITY.test(body) || MONO.test(body))) return ['dotnet', 2]
  if (body.length <= MAX_FRAME_CHARS && JRUBY.test(body)) return ['ruby', 2]
  if (body.startsWith('at ')) return isOpenTelemetryPhp(body) ? ['php', 1] : voteOfAt(body)
  if (body.includes('Traceback (most recent call last)') && /last\)(?::| ─)/.test(body)) return ['python', 2]
  if (body.includes('File "') && body.includes('", line ')) return ['python', 1]
  if (body.startsWith('goroutine ') && body.endsWith(']:')) return ['go', 3]
  if (line !== body && /^\S.*\.go:\d+(?: \+0x[0-9a-f]+.*)?$/.test(body)) return ['go', 1]
  if (body.startsWith("thread '") && body.includes(' panicked at ')) return ['rust', 3]
  if (/^stack backtrace:$/i.test(body)) return ['rust', 3]
  if (body.startsWith('#')) return /^#\d+ (?!\s|0x|pc |abs )/.test(body) ? ['php', 2] : undefined
  if (body.length <= MAX_FRAME_CHARS && PHP_LOG.test(body)) return ['php', 2]
  if (/^\d+: +(?:0x[0-9a-f]+ - )?[\w<{]/.test(body) && !body.includes(': from ')) return ['rust', 1]
  if (readRubyFrame(body) !== undefined) return ['ruby', 2]
  if (FRAME_WORDS.some(word => body.startsWith(word)) && readDotnetFrame(body) !== undefined) return ['dotnet', 1]
  return body.startsWith('@ ') || readGeckoFrame(body) === undefined ? undefined : ['gecko', 1]
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
