import type { Consume, Database, Definition } from '../../pipeline/component.ts'
import type { Batch, LogRecord } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'

let batches = 0

/** Real processors one after the other, as a pipeline has them; resolves to the records that come out. */
export function pipelineOf(processors: readonly (readonly [Definition, object])[], database: Database) {
  return async (...records: readonly LogRecord[]): Promise<readonly LogRecord[]> => {
    let out: readonly LogRecord[] = []
    let next: Consume = async batch => {
      if (batch.signal === 'logs') out = batch.items
    }
    for (const [definition, settings] of processors.toReversed()) {
      const component = definition.create(
        definition.config.parse(settings),
        next,
        testContext(definition.type, { database }),
      )
      next = component.consume! // a processor has one
    }
    const account = { receiver: 'test', received: records.length, dropped: new Map(), rejected: [] }
    const batch: Batch = { id: `batch-${++batches}`, signal: 'logs', items: records, bytes: 1, account }
    await next(batch, new AbortController().signal)
    return out
  }
}
