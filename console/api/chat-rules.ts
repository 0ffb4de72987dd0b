/** A call of a tool, as an agent would make it. */
export interface Call {
  readonly tool: string
  readonly args: Readonly<Record<string, string | number>>
  /** Why this one, in words of ours. */
  readonly because: string
}

/** What a question is asked about beside its words. */
export interface Asked {
  /** Names of services that are known. */
  readonly services: readonly string[]
  readonly minutes: number
  /** The end of these minutes; now where it is left out. */
  readonly until?: string | undefined
  /** `*` is all. */
  readonly env: string
  /** What "it" is: an incident's service and problem. */
  readonly subject?: { readonly service: string; readonly fingerprint: string | undefined } | undefined
}

const TRACE = /\b[0-9a-f]{32}\b/i
const FINGERPRINT = /\b[0-9a-f]{16}\b/i
/** An id of a thing: letters and digits with a sign between them, such as ord_7f3k or d-17. */
const ENTITY = /\b(?=[\w-]*\d)[a-z]+[-_][\w-]+\b/i
const CHANGED = /\b(?:change[sd]?|deploy(?:s|ed|ment)?|releases?d?|rolled|rollback)\b/i
const HEALTH = /\b(?:health|healthy|slow|slower|latency|p95|error rate|how is|doing|fast)\b/i
const NODES = /\bnodes?\b/i
const WHY =
  /\b(?:why|cause|causes|broken|wrong|broke|failing|fails?|happen(?:s|ed|ing)?|problems?|errors?|incidents?)\b/i
const WHO = /\b(?:who|whom|users?|customers?|hit|affected)\b/i
/** A question that has no words of its own but these asks of everything. */
const COMMON =
  /\b(?:what|is|are|was|were|the|a|an|now|right|today|going|on|there|any|in|of|with|it|this|that|do|does|did|has|have|we|i|my|our|me|show|tell|please|and|to|for|just|most|recent|recently|last|latest|hour|minutes?|day)\b/gi

/** Which tool answers a question, by its words alone: no model is asked. */
export function callOf(question: string, { services, minutes, until, env, subject }: Asked): Call {
  const range = { minutes, ...(until === undefined ? {} : { until }) }
  const [trace, fingerprint] = [TRACE.exec(question)?.[0], FINGERPRINT.exec(question)?.[0]]
  if (trace !== undefined) {
    return { tool: 'trace_request', args: { trace_id: trace.toLowerCase() }, because: 'it names a trace' }
  }
  if (fingerprint !== undefined) {
    return {
      tool: 'explain_failure',
      args: { fingerprint: fingerprint.toLowerCase(), ...range },
      because: 'it names a problem',
    }
  }
  const service = serviceIn(question, services)
  const inService: Call['args'] = service === undefined ? {} : { service }
  if (CHANGED.test(question)) {
    return {
      tool: 'what_changed',
      args: { minutes, ...(until === undefined ? {} : { at: until }), ...inService },
      because: 'it asks what changed',
    }
  }
  const entity = ENTITY.exec(question)?.[0]
  if (entity !== undefined && !services.includes(entity)) {
    return { tool: 'explain_failure', args: { entity, ...range }, because: `it names ${entity}` }
  }
  const meant = service ?? subject?.service
  if (meant !== undefined && HEALTH.test(question)) {
    return { tool: 'service_health', args: { service: meant, ...range, env }, because: 'it asks how a service is' }
  }
  if (NODES.test(question)) return { tool: 'node_status', args: {}, because: 'it asks for nodes' }
  const own = question.replaceAll(COMMON, ' ').replaceAll(new RegExp(WHY, 'gi'), ' ')
  const rest = (service === undefined ? own : own.replaceAll(service, ' ')).replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim()
  if (service === undefined && subject?.fingerprint !== undefined && (rest === '' || WHO.test(question))) {
    return {
      tool: 'explain_failure',
      args: { fingerprint: subject.fingerprint, ...range },
      because: 'it asks about the problem behind the incident',
    }
  }
  if (rest === '') {
    return {
      tool: 'error_fingerprint_summary',
      args: { ...range, env, ...(meant === undefined ? {} : { service: meant }) },
      because: meant === undefined ? 'it asks what is wrong' : 'it asks what is wrong with a service',
    }
  }
  return {
    tool: 'search_errors',
    args: { query: question, ...range, ...inService },
    because: 'it is looked for by meaning and by words',
  }
}

/** The longest name that stands in the question as a word of its own. */
function serviceIn(question: string, services: readonly string[]): string | undefined {
  const text = ` ${question
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, ' ')
    .replaceAll(/[.]+ /g, ' ')} `
  return services.toSorted((a, b) => b.length - a.length).find(name => text.includes(` ${name.toLowerCase()} `))
}
