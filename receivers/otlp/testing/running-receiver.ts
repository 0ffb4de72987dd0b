import type { TestContext } from 'node:test'
import { Admission } from '../../../pipeline/admission.ts'
import type { Consume } from '../../../pipeline/component.ts'
import type { Batch, Signal } from '../../../pipeline/model/index.ts'
import { testContext } from '../../../pipeline/testing/context.ts'
import { freePort } from '../../../tests/postgres-server.ts'
import { otlp } from '../index.ts'

export interface RunningReceiver {
  readonly grpc: string
  readonly http: string
  readonly taken: Batch[]
  readonly admission: Admission
  readonly booked: Map<string, number>
  /** Swaps what the pipeline does with a batch; it takes all of them at first. */
  consumeWith(next: Consume): void
  stop(): Promise<void>
}

/** The receiver on ports of its own, with a pipeline that the test decides on. */
export async function runReceiver(
  t: TestContext,
  options: {
    grpc?: object
    http?: object
    signals?: readonly Signal[]
    maxInFlightBytes?: number
    config?: object
  } = {},
): Promise<RunningReceiver> {
  const [grpc, http] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
  const taken: Batch[] = []
  let consume: Consume = async batch => void taken.push(batch)
  const admission = new Admission(options.maxInFlightBytes ?? 64 * 1024 * 1024)
  const context = testContext('otlp', { admission, ...(options.signals && { signals: options.signals }) })
  const config = otlp.config.parse({
    protocols: { grpc: { endpoint: grpc, ...options.grpc }, http: { endpoint: http, ...options.http } },
    ...options.config,
  })
  const component = otlp.create(config, (batch, signal) => consume(batch, signal), context)
  await component.start!(new AbortController().signal)
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= component.shutdown!(AbortSignal.timeout(5_000))
    return stopping
  }
  t.after(stop)
  const consumeWith = (next: Consume) => {
    consume = next
  }
  return { grpc, http, taken, admission, booked: context.counts.booked, stop, consumeWith }
}
