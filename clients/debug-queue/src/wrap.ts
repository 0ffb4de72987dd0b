import type { LogDetails, Priority } from './event.ts'
import type { DebugQueue } from './queue.ts'

/**
 * A line is tagged when one of its arguments is an object with `eventType`:
 *
 *     console.error('session lost', { eventType: 'SESSION_DROP', errorCode: 'TIMEOUT', correlationId: 'txn-456' })
 *     logger.error({ eventType: 'SESSION_DROP', errorCode: 'TIMEOUT', correlationId: 'txn-456' }, 'session lost')
 */
interface Tag extends Partial<LogDetails> {
  readonly eventType: string
  readonly priority?: Priority
}

const CONSOLE_METHODS = ['debug', 'log', 'info', 'warn', 'error'] as const
const PINO_METHODS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
/** Methods after which an event is of high priority unless its tag says otherwise. */
const HIGH: ReadonlySet<string> = new Set(['error', 'fatal'])

interface WrapOptions {
  /** Of tags that name no service. */
  readonly service: string
}

/** Tagged lines are also queued; what the console writes does not change. Returns the function that takes it back. */
export function wrapConsole(
  target: Pick<Console, (typeof CONSOLE_METHODS)[number]>,
  queue: DebugQueue,
  options: WrapOptions,
): () => void {
  return wrap(target, CONSOLE_METHODS, queue, options)
}

/** The same for a pino logger, or any logger with these methods. */
export function wrapPino<T extends object>(logger: T, queue: DebugQueue, options: WrapOptions): () => void {
  return wrap(logger, PINO_METHODS, queue, options)
}

type Method = (this: unknown, ...args: unknown[]) => unknown

function wrap(target: object, methods: readonly string[], queue: DebugQueue, { service }: WrapOptions): () => void {
  const originals = new Map<string, Method>()
  for (const name of methods) {
    const original: unknown = Reflect.get(target, name)
    if (typeof original !== 'function') continue
    originals.set(name, original as Method) // tested above
    Reflect.set(target, name, function (this: unknown, ...args: unknown[]) {
      try {
        const tag = args.find(isTag)
        if (tag !== undefined) enqueue(queue, tag, service, HIGH.has(name) ? 'high' : 'low')
      } catch {
        // An argument that cannot even be looked at is for the logger alone.
      }
      return Reflect.apply(original, this, args) as unknown
    })
  }
  return () => {
    for (const [name, original] of originals) Reflect.set(target, name, original)
  }
}

function isTag(value: unknown): value is Tag {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'eventType') === 'string'
}

function enqueue(queue: DebugQueue, tag: Tag, service: string, usual: Priority): void {
  const {
    eventType,
    priority = usual,
    service: own = service,
    errorCode = 'UNKNOWN',
    correlationId = '',
    details,
    ...rest
  } = tag
  queue.log(eventType, { service: own, errorCode, correlationId, details: { ...rest, ...details } }, { priority })
}
