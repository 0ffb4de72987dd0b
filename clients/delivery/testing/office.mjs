// An application that works where contexts get lost: in a body's end, after a query, in a timer, as the answer is sent.
// It uses the other packages for applications, too. Started with `late`, it sets telemetry up after all is loaded.
import { createServer } from 'node:http'
import { trace } from '@opentelemetry/api'
import pg from 'pg'
import { createDebugQueue } from '../../debug-queue/src/index.ts'
import { createLogger } from '../../logger/src/index.ts'
import { createMetrics } from '../../metrics/src/index.ts'
import { startTelemetry } from '../../telemetry/src/index.ts'

if (process.argv[2] === 'late') startTelemetry({ service: 'office' })
const pool = new pg.Pool({ connectionString: process.env.OFFICE_DATABASE, max: 1 })
const logger = createLogger({ service: 'office' })
const metrics = createMetrics({ service: 'office', flushIntervalMs: 20 })
const queue = createDebugQueue({ otlpEndpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT })
const seen = []
const note = place => seen.push([place, trace.getActiveSpan()?.spanContext().traceId ?? 'none'])

const server = createServer((request, response) => {
  if (request.url === '/end') return void end(response)
  note('handler')
  request.on('data', () => note('data'))
  request.on('end', () => void work(response))
  response.on('finish', () => note('finish'))
  response.on('close', () => note('close'))
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))

async function work(response) {
  note('end')
  logger.info('asked')
  metrics.record({ name: 'asked', type: 'counter' }, {}, 1)
  queue.log('ASKED', { service: 'office', errorCode: 'NONE', correlationId: 'c-1' }, { priority: 'high' })
  await pool.query("SELECT $1::int, 'jane@example.com'", [7])
  note('query')
  setTimeout(() => {
    note('timer')
    response.end('x')
  }, 5)
}

async function end(response) {
  response.end(JSON.stringify(seen))
  await Promise.all([metrics.close(), queue.flush(), pool.end()])
  logger.flush()
  server.close()
  process.kill(process.pid, 'SIGTERM')
}
