const MAX_LINE_CHARS = 2_000
/** `a.py:3: in total` (--tb=short), `a.py:3: ` on the way, and `a.py:3: KeyError` where the error was thrown. */
const LOCATION = /^([^\s>].{0,500}?):(\d{1,9}):(?: in (.{1,300}?)| ([A-Za-z_][\w.]*))? *$/
/** The very first line has lost its indentation. */
const DEF = /^[> ]? *(?:async )?def (\w{1,200})/
/** Between the errors of a chain; Python and pytest have the same words. */
export const CHAIN =
  /^(?:The above exception was the direct cause of|During handling of the above exception, another exception occurred)/

interface Segment {
  readonly frames: string[]
  /** What pytest writes behind E, or all lines where an error was never raised. */
  readonly told: string[]
  readonly other: string[]
  type: string | undefined
}

const emptySegment = (): Segment => ({ frames: [], told: [], other: [], type: undefined })

/**
 * The traceback that Python itself would have printed, from what pytest prints of an error: only this has frames that
 * Sensorium reads, so that a failing test is of the same problem as the error in production. Undefined where the text
 * has no place with a function or a type (`--tb=line`, `--tb=no`).
 */
export function pythonTraceback(text: string): string | undefined {
  const parts: string[] = []
  let segment = emptySegment()
  let name: string | undefined
  let code: string | undefined
  let isShort = false
  let hasFrames = false
  const lines = text.split(/\r?\n/).map(line => line.slice(0, MAX_LINE_CHARS))
  for (const line of lines) {
    const location = LOCATION.exec(line)
    if (location !== null) {
      const [, file, number, short, type] = location
      segment.frames.push(`  File "${file}", line ${number}, in ${short ?? name ?? '<module>'}`)
      if (code !== undefined) segment.frames.push(`    ${code}`)
      segment.type = type ?? segment.type
      isShort = short !== undefined
      hasFrames = true
      name = undefined
      code = undefined
    } else if (CHAIN.test(line)) {
      parts.push(printed(segment), line.trim())
      segment = emptySegment()
      name = undefined
      code = undefined
    } else if (line.startsWith('E  ')) segment.told.push(line.replace(/^E +/, ''))
    else {
      name ??= DEF.exec(line)?.[1]
      if (line.startsWith('>')) code = line.slice(1).trim()
      else if (isShort && line.startsWith('    ')) segment.frames.push(line)
      else segment.other.push(line)
      isShort = false
    }
  }
  return hasFrames ? [...parts, printed(segment)].join('\n\n') : undefined
}

function printed({ frames, told, other, type }: Segment): string {
  if (frames.length === 0) return (told.length > 0 ? told : other).join('\n').trim()
  return ['Traceback (most recent call last):', ...frames, header(told, type)].join('\n')
}

/** pytest leaves the type out before `assert 1 == 2`, and knows it without its module where the text has it whole. */
function header(told: readonly string[], type: string | undefined): string {
  const [first = '', ...rest] = told
  if (/^[A-Za-z_][\w.]*(?::|$)/.test(first)) return told.join('\n')
  return [`${type ?? 'AssertionError'}: ${first}`, ...rest].join('\n')
}
