// Everything that an application may use, with nothing said in code: who it is and where it sends is the environment's.
import { createDebugQueue } from '../../debug-queue/src/index.ts'
import { createLogger } from '../../logger/src/index.ts'
import { createMetrics } from '../../metrics/src/index.ts'
import { emitObserverEvent, flushObserver } from '../../observer-events/src/index.ts'
import { startTelemetry, withSpan } from '../../telemetry/src/index.ts'

const telemetry = startTelemetry()
const logger = createLogger()
const metrics = createMetrics()
const queue = createDebugQueue()
withSpan('work', span => {
  console.error(JSON.stringify(span.spanContext()))
  logger.info('said')
  metrics.record({ name: 'counted', type: 'counter' }, {}, 1)
  queue.log('ASKED', { errorCode: 'NONE', correlationId: 'c-1' }, { priority: 'high' })
  void emitObserverEvent({ type: 'observed' })
})
await Promise.all([telemetry.flush(), metrics.close(), queue.flush(), flushObserver()])
