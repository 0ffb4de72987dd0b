import { earlierErrorId, earlierLogId } from '../../analysis/earlier/index.ts'
import {
  createFingerprinter,
  fingerprintOf,
  fingerprintOfName,
  LOG_TEMPLATE_VERSION,
  type LogFingerprint,
} from '../../analysis/log-template/fingerprint.ts'
import { textOfBody } from '../../analysis/log-template/structured-text.ts'
import { errorFingerprint } from '../../analysis/stack/error-fingerprint.ts'
import {
  type Attributes,
  attributeText,
  type Fingerprint,
  type LogRecord,
  type Resource,
  type Span,
  type SpanProblem,
} from '../../pipeline/model/index.ts'
import { severityOf } from '../../pipeline/model/level.ts'

/** Bursts repeat the same error: remembered whole, so that its stack is read once. Some 20 MB at most. */
const MAX_REMEMBERED_ERRORS = 2_000
const MAX_REMEMBERED_CHARS = 10_000
/** Templates name a problem to people; a longer one says no more. */
const MAX_TEMPLATE_CHARS = 1_000

/** A span that tries again and again fails in some ways, not in hundreds; what is past them stands in its events. */
const OTHER_PROBLEMS_MAX = 16

/** SeverityNumber ERROR: from here on a statement that was never seen is news. */
const SEVERITY_ERROR = 17

export interface Recogniser {
  /** To be called before each batch. */
  startBatch(): void
  log(record: LogRecord): Fingerprint | undefined
  span(span: Span): Pick<Span, 'fingerprint' | 'otherProblems'> | undefined
}

/** Remembers what it saw, for speed; what it answers does not depend on it. */
export function createRecogniser(): Recogniser {
  const templateOf = createFingerprinter()
  const logs = new Map<string, KnownLog>()
  const errors = new Map<string, Fingerprint>()
  let batch = 0

  /**
   * With the id that it had before for every error, since a new one is news, and for one record of each other template
   * in a batch, which costs little and in time meets them all. So what a batch is given depends on it alone.
   */
  const message = (text: string, severity: number, found: LogFingerprint): Fingerprint => {
    const { id, hex, template } = found
    let known = logs.get(hex)
    if (known === undefined) {
      const kept = template.slice(0, MAX_TEMPLATE_CHARS)
      known = { fingerprint: { id, kind: 'log', version: LOG_TEMPLATE_VERSION, template: kept }, batch: 0 }
      if (logs.size >= MAX_REMEMBERED_ERRORS) logs.clear()
      logs.set(hex, known)
    }
    if (known.batch === batch && severity < SEVERITY_ERROR) return known.fingerprint
    known.batch = batch
    const previous = earlierLogId(text)
    return previous === id ? known.fingerprint : { ...known.fingerprint, previous }
  }

  const error = (attributes: Attributes, resource: Resource): Fingerprint | undefined => {
    const type = attributeText(attributes, 'exception.type') ?? ''
    const text = attributeText(attributes, 'exception.message') ?? ''
    const stack = attributeText(attributes, 'exception.stacktrace') ?? ''
    if (type === '' && text === '' && stack === '') return undefined
    return errorOf({ type, message: text, stack }, resource)
  }

  const errorOf = ({ type, message: text, stack }: Told, resource: Resource): Fingerprint => {
    const language = attributeText(resource.attributes, 'telemetry.sdk.language')
    const key = [language, type, text, stack].join('\0')
    const known = errors.get(key)
    if (known !== undefined) return known
    const found = fingerprintOfError({ type, message: text, stack, language })
    if (key.length <= MAX_REMEMBERED_CHARS) {
      if (errors.size >= MAX_REMEMBERED_ERRORS) errors.clear()
      errors.set(key, found)
    }
    return found
  }

  return {
    startBatch: () => {
      batch++
    },
    log: record => {
      const found = error(record.attributes, record.resource)
      if (found !== undefined) return found
      const text = messageOf(record)
      if (text !== '' || record.eventName === '') return message(text, severityOf(record), templateOf(text))
      return message(record.eventName, severityOf(record), fingerprintOfName(record.eventName))
    },
    span: span => {
      const problems: SpanProblem[] = []
      for (const [event, { name, attributes }] of span.events.entries()) {
        if (name !== 'exception' || problems.length > OTHER_PROBLEMS_MAX) continue
        const found = error(attributes, span.resource)
        if (found === undefined || problems.some(({ fingerprint }) => fingerprint.id === found.id)) continue
        problems.push({ fingerprint: found, event })
      }
      const [first, ...others] = problems
      if (first !== undefined)
        return { fingerprint: first.fingerprint, ...(others.length > 0 ? { otherProblems: others } : {}) }
      const told = failureOf(span)
      return told === undefined ? undefined : { fingerprint: errorOf({ ...told, stack: '' }, span.resource) }
    },
  }
}

interface Told {
  readonly type: string
  readonly message: string
  readonly stack: string
}

const KIND_CLIENT = 3
const STATUS_ERROR = 2

/**
 * What a failed span without an exception says of itself: the status message, or `error.type`. A client span's type alone
 * (`500`) only repeats what the service that it called has to say.
 */
function failureOf(span: Span): Pick<Told, 'type' | 'message'> | undefined {
  if (span.statusCode !== STATUS_ERROR) return undefined
  const type = attributeText(span.attributes, 'error.type') ?? ''
  if (span.statusMessage === '' && (type === '' || span.kind === KIND_CLIENT)) return undefined
  // Without slashes: a template takes a route for one of many paths.
  return { type, message: `${span.name.replaceAll('/', ' ')}: ${span.statusMessage || type}` }
}

interface KnownLog {
  readonly fingerprint: Fingerprint
  /** The last batch in which it was given its earlier id. */
  batch: number
}

/** The body's text, else the message that some loggers put beside it. '' where the record has its event's name only. */
function messageOf({ body, attributes }: LogRecord): string {
  return textOfBody(body) || (attributeText(attributes, 'message') ?? '')
}

function fingerprintOfError(report: Parameters<typeof errorFingerprint>[0]): Fingerprint {
  const found = errorFingerprint(report, text => fingerprintOf(text).template)
  const types = found.typeChain.join(' ← ') || report.type || 'error'
  const where = found.culprit === '' ? '' : ` at ${found.culprit}`
  const what = found.basis === 'message' || where === '' ? `: ${fingerprintOf(report.message).template}` : ''
  const template = `${types}${what}${where}`.slice(0, MAX_TEMPLATE_CHARS)
  return { id: found.fingerprint, kind: 'error', version: found.version, template, previous: earlierErrorId(report) }
}
