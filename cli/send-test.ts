import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { PlannedExporter } from '../pipeline/config/plan.ts'
import { SensoriumError } from '../pipeline/errors.ts'
import type { BatchOf, LogRecord } from '../pipeline/model/index.ts'
import { withClient } from '../store/connect.ts'
import { readTelling, withdraw } from '../store/notifications/list.ts'
import type { Store } from '../store/open.ts'
import { readConfiguration } from './configuration.ts'
import { silentLogger } from './logging.ts'
import { loneContext } from './lone-context.ts'
import { withMigrated } from './with-store.ts'

/** Exporters that tell people. */
const TELLING = new Set(['slack', 'email', 'webhook', 'pagerduty', 'grafana', 'datadog'])
const WAIT_MS = 60_000
const LOOK_MS = 100

/**
 * Tells a destination of a test by the very way of findings: through its outbox, by whoever leads, this process or a
 * running Sensorium. Resolves to what the destination answered.
 *
 * @throws SensoriumError USAGE for a name that no exporter has, COMPONENT_FAILED when it could not be told
 */
export async function sendTest(config: string, id: string): Promise<string> {
  const { plan } = await readConfiguration(config)
  const names = [...plan.exporters.keys()].filter(name => TELLING.has(name.split('/')[0]!))
  const planned = plan.exporters.get(id)
  if (planned === undefined || !names.includes(id)) {
    const known =
      names.length === 0 ? 'this configuration has none yet (docs/alerting.md)' : `it has ${names.join(', ')}`
    throw new SensoriumError('USAGE', `there is no exporter ${id} that tells people; ${known}`)
  }
  return withMigrated(config, store => tellOnce(store, planned))
}

async function tellOnce(store: Store, { id, definition, config }: PlannedExporter): Promise<string> {
  const component = definition.create(config, async () => {}, loneContext(id, store, silentLogger()))
  const batch = testBatch()
  await component.start?.(AbortSignal.timeout(WAIT_MS))
  try {
    await component.consume!(batch, AbortSignal.timeout(WAIT_MS)) // an exporter has one
    return await answerTo(store, id, `${batch.id}/0`)
  } finally {
    await component.shutdown?.(AbortSignal.timeout(WAIT_MS))
  }
}

async function answerTo(store: Store, id: string, findingId: string): Promise<string> {
  return withClient(store, 'owner', async client => {
    for (const end = Date.now() + WAIT_MS; ; await pause(LOOK_MS)) {
      const telling = await readTelling(client, id, findingId)
      if (telling?.state === 'sent') return telling.answer ?? 'taken'
      const isTried = telling?.state === 'waiting' && telling.answer !== null
      if (isTried || Date.now() > end) {
        if (telling !== undefined) await withdraw(client, telling.id)
        throw failure(
          id,
          telling?.answer ?? 'nobody sent it in a minute: another process leads this destination and does not work',
        )
      }
      if (telling?.state === 'refused') throw failure(id, telling.answer ?? 'it was refused')
      if (telling?.state === 'unknown') throw failure(id, `it may have arrived or not: ${telling.answer}`)
    }
  })
}

function failure(id: string, reason: string): SensoriumError {
  return new SensoriumError('COMPONENT_FAILED', `${id} was not told: ${reason}`)
}

function testBatch(): BatchOf<'logs'> {
  const id = `test-${randomUUID()}`
  const time = BigInt(Date.now()) * 1_000_000n
  const empty = { droppedAttributesCount: 0, schemaUrl: '' }
  const record: LogRecord = {
    resource: { ...empty, attributes: new Map([['service.name', 'sensorium']]), entityRefs: [] },
    scope: { ...empty, name: 'sensorium.findings', version: '', attributes: new Map() },
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: 9,
    severityText: 'INFO',
    body: 'A test of sensorium alerts send-test: nothing is wrong.\nIf you read this, you will be told.',
    attributes: new Map([['test.id', id]]),
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: 'sensorium.test',
    routing: { group_by: ['test.id'], group_wait_ms: 0 },
  }
  const account = { receiver: 'sensorium alerts send-test', received: 1, dropped: new Map(), rejected: [] }
  return { id, signal: 'logs', items: [record], bytes: 500, account }
}
