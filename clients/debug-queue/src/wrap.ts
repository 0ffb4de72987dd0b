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

/**
 * The same for a pino logger and its children, except for children that were made before and have a level of their own.
 * Lines below the logger's level are not written, hence not queued.
 */
export function wrapPino<T extends object>(logger: T, queue: DebugQueue, options: WrapOptions): () => void {
  return wrap(logger, PINO_METHODS, queue, options)
}

type Method = (this: unknown, ...args: unknown[]) => unknown

function wrap(target: object, methods: readonly string[], queue: DebugQueue, { service }: WrapOptions): () => void {
  let isUndone = false

  /**
   * An accessor instead of a plain method: pino writes its methods anew when a level is set, on a logger and on a child
   * that inherits from it, and each of those gets its own.
   */
  function install(owner: object, name: string, original: Method): void {
    function wrapped(this: unknown, ...args: unknown[]): unknown {
      if (!isUndone) look(this, name, args)
      return Reflect.apply(original, this, args)
    }
    Object.defineProperty(owner, name, {
      configurable: true,
      enumerable: true,
      get: () => wrapped,
      set(this: object, next: unknown) {
        if (typeof next === 'function' && !isUndone)
          install(this, name, next as Method) // tested here
        else Object.defineProperty(this, name, { configurable: true, enumerable: true, writable: true, value: next })
      },
    })
  }

  function look(logger: unknown, name: string, args: readonly unknown[]): void {
    try {
      const tag = args.find(isTag)
      if (tag !== undefined && isWritten(logger, name)) enqueue(queue, tag, service, HIGH.has(name) ? 'high' : 'low')
    } catch {
      // An argument that cannot even be looked at is for the logger alone.
    }
  }

  const originals = new Map<string, PropertyDescriptor | undefined>()
  for (const name of methods) {
    const original: unknown = Reflect.get(target, name)
    if (typeof original !== 'function') continue
    originals.set(name, Object.getOwnPropertyDescriptor(target, name))
    install(target, name, original as Method) // tested above
  }
  return () => {
    isUndone = true
    for (const [name, descriptor] of originals) {
      if (descriptor === undefined) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, descriptor)
    }
  }
}

/** pino's question; what has no levels writes all. */
function isWritten(logger: unknown, name: string): boolean {
  const ask: unknown = Reflect.get(Object(logger), 'isLevelEnabled')
  return typeof ask !== 'function' || Reflect.apply(ask, logger, [name]) !== false
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
