import { ROOT_CONTEXT, type SpanContext, SpanKind, trace } from '@opentelemetry/api'
import { MILLISECOND, SECOND } from '../clock.ts'
import { uuid } from '../ids.ts'
import { onFreshStack } from './call.ts'
import type { ServiceName } from './release.ts'
import {
  compute,
  endWork,
  log,
  logFailure,
  type Request,
  recordFailure,
  type Shop,
  startWork,
  type Work,
} from './work.ts'

/** A service that reads a topic. */
export interface Consumer<M> {
  readonly service: ServiceName
  readonly handle: (work: Work, message: M) => Promise<void>
}

const SYSTEM = { 'messaging.system.name': 'kafka' }
const MAX_DELIVERIES = 3
const REDELIVERY_MS = 400

/**
 * Publishes a message. Every consumer gets it once the request has been answered, with a span that is a child of the
 * one that sent it: one order is one trace, from the click to the mail.
 */
export function publish<M>(work: Work, topic: string, message: M, consumers: readonly Consumer<M>[]): void {
  const { shop, instance, request } = work
  const id = uuid(request.random)
  const destination = { ...SYSTEM, 'messaging.destination.name': topic }
  const producer = startWork(work, instance, `send ${topic}`, SpanKind.PRODUCER, {
    ...destination,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.message.id': id,
    'server.address': 'kafka.shop.svc.cluster.local',
    'server.port': 9092,
  })
  compute(producer, 2.2)
  endWork(producer)
  const sentAt = request.now
  shop.measure(sentAt, () =>
    instance.telemetry.instruments.messagesSent.add(1, { ...destination, 'messaging.operation.name': 'send' }),
  )
  log(work, 'debug', `published ${topic} message ${id}`, {
    'messaging.message.id': id,
    'messaging.destination.name': topic,
  })

  for (const consumer of consumers) {
    const queue = `${topic}.${consumer.service}`
    const receivedAt = sentAt + Math.round(request.random.lognormal(120, 0.6) * MILLISECOND)
    shop.measure(sentAt, () => shop.queueDepth(queue, 1))
    shop.measure(receivedAt, () => shop.queueDepth(queue, -1))
    const letter = { shop, request, topic, id, sender: producer.span.spanContext(), consumer, message }
    request.consumers.push(() => {
      request.now = receivedAt
      return onFreshStack(() => consume(letter))
    })
  }
}

/** A message on its way to one consumer. */
interface Letter<M> {
  readonly shop: Shop
  readonly request: Request
  readonly topic: string
  readonly id: string
  readonly sender: SpanContext
  readonly consumer: Consumer<M>
  readonly message: M
}

async function consume<M>(letter: Letter<M>): Promise<void> {
  for (let delivery = 1; delivery <= MAX_DELIVERIES; delivery++) {
    if (await deliver(letter, delivery)) return
    letter.request.now += REDELIVERY_MS * delivery * MILLISECOND
  }
}

/** True when the consumer has processed the message. */
async function deliver<M>(
  { shop, request, topic, id, sender, consumer, message }: Letter<M>,
  delivery: number,
): Promise<boolean> {
  const instance = shop.instance(consumer.service, request.id)
  const context = trace.setSpanContext(ROOT_CONTEXT, { ...sender, isRemote: true })
  const labels = {
    ...SYSTEM,
    'messaging.destination.name': topic,
    'messaging.consumer.group.name': consumer.service,
    'messaging.operation.name': 'process',
  }
  const attributes = {
    ...labels,
    'messaging.operation.type': 'process',
    'messaging.message.id': id,
    'shop.delivery': delivery,
  }
  const parent = { shop, request, context }
  const work = startWork(parent, instance, `process ${topic}`, SpanKind.CONSUMER, attributes, [sender])
  instance.load.requests++
  const startedAt = request.now
  const failure = await attempt(
    work,
    consumer,
    message,
    `message ${id}, delivery ${delivery} of ${MAX_DELIVERIES}`,
    topic,
  )
  endWork(work)
  const seconds = (request.now - startedAt) / SECOND
  const outcome = failure === undefined ? labels : { ...labels, 'error.type': failure.name }
  shop.measure(request.now, () => {
    const { messagesConsumed, messageProcessing } = instance.telemetry.instruments
    messagesConsumed.add(1, outcome)
    messageProcessing.record(seconds, outcome)
  })
  return failure === undefined
}

async function attempt<M>(
  work: Work,
  consumer: Consumer<M>,
  message: M,
  what: string,
  topic: string,
): Promise<Error | undefined> {
  compute(work, 0.5)
  try {
    await consumer.handle(work, message)
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    recordFailure(work, error)
    logFailure(work, 'error', `${what} of ${topic} failed`, error)
    return error
  }
}
