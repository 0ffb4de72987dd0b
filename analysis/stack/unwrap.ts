/**
 * A trace as its program wrote it, out of what carried it: JSON of AWS Lambda and of structured loggers, tags and times
 * that a logger or a container put before every line.
 */
export function unwrapStack(text: string): string {
  const json = text.indexOf('{"') < 0 ? undefined : fromJson(text)
  return withoutPrefixes(json ?? text)
}

const STACK_KEYS = ['stack', 'stackTrace', 'stack_trace', 'stacktrace', 'trace']
const MAX_JSON_CHARS = 512 * 1024
/** Prefixes of lines cost a look at each of them only where the first lines have one. */
const PREFIX =
  /^(?:\[[^\]\n]{1,80}\] ?|\d{4}-\d\d-\d\d[T ][\d:.,]{5,18}(?:Z|[+-]\d\d:?\d\d)? |[\w.-]{1,40} +\| )+(?:PHP )?/
const MIN_PREFIXED_LINES = 2
const MIN_PREFIXED_SHARE = 0.6

function fromJson(text: string): string | undefined {
  const start = text.indexOf('{"')
  const end = text.lastIndexOf('}')
  if (end < start || end - start > MAX_JSON_CHARS) return undefined
  if (!STACK_KEYS.some(key => text.includes(`"${key}"`))) return undefined
  try {
    return stackOf(JSON.parse(text.slice(start, end + 1)))
  } catch {
    return undefined // not JSON after all, or cut
  }
}

function stackOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = new Map<string, unknown>(Object.entries(value))
  const stack = STACK_KEYS.map(key => fields.get(key)).find(found => typeof found === 'string' || Array.isArray(found))
  if (stack === undefined) {
    for (const inner of fields.values()) {
      const found = stackOf(inner)
      if (found !== undefined) return found
    }
    return undefined
  }
  const lines = Array.isArray(stack) ? stack.map(String) : [String(stack)]
  const type = String(fields.get('errorType') ?? fields.get('type') ?? fields.get('name') ?? '')
  const message = String(fields.get('errorMessage') ?? fields.get('message') ?? '')
  const head = type === '' ? message : `${type}: ${message}`
  const first = lines[0]?.trimStart() ?? ''
  // Lambda's Python leaves out the first and the last line, its Java the word before each frame.
  if (first.startsWith('File "')) return ['Traceback (most recent call last):', ...lines, head].join('\n')
  if (/^[\w$.]+\([\w$.]+:\d+\)$/.test(first)) return [head, ...lines.map(line => `\tat ${line}`)].join('\n')
  return lines.join('\n').includes(type) || head === '' ? lines.join('\n') : [head, ...lines].join('\n')
}

function withoutPrefixes(text: string): string {
  if (!PREFIX.test(text)) return text
  const lines = text.split('\n')
  const filled = lines.filter(line => line.trim() !== '')
  const prefixed = filled.filter(line => PREFIX.test(line)).length
  if (prefixed < MIN_PREFIXED_LINES || prefixed / filled.length < MIN_PREFIXED_SHARE) return text
  return lines.map(line => line.replace(PREFIX, '')).join('\n')
}
