import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch, BatchOf, Item, Signal } from '../../pipeline/model/index.ts'
import { testContext } from '../../pipeline/testing/context.ts'
import { testComponent } from '../../tests/contract/index.ts'
import { readRecord } from '../../tests/contract/read-records.ts'
import { filter } from './index.ts'

testComponent(filter)

const RESOURCE = { attributes: { 'service.name': 'checkout', zone: 'eu-1' } }
const SCOPE = { name: 'lib' }
const read = (signal: Signal, record: object) => readRecord(signal, { resource: RESOURCE, scope: SCOPE, ...record })

const SPAN = read('traces', {
  name: 'GET /orders',
  kind: 2,
  statusCode: 2,
  startTimeUnixNano: '1000000000',
  endTimeUnixNano: '1005000000',
  attributes: {
    route: '/orders',
    status: 503,
    ratio: 0.5,
    ok: false,
    list: ['a', 'b'],
    map: { a: 1 },
    nothing: null,
    bytes: { $bytes: 'YQ==' },
    empty: '',
  },
})
const LOG = read('logs', { body: 'disk full', severityNumber: 13, eventName: 'disk.full', attributes: { route: '/x' } })
const POINT = read('metrics', { metric: { name: 'requests' }, attributes: { route: '/orders' } })
const WITHOUT_SEVERITY = read('logs', { body: { level: 'debug', n: 5 } })
const UNFINISHED = read('traces', { startTimeUnixNano: '1000000000' })

function isDropped(condition: object, item: Item): Promise<boolean> {
  return isLeftOut({ drop: [condition] }, item)
}

async function isLeftOut(settings: object, item: Item): Promise<boolean> {
  const account = { receiver: 'otlp', received: 1, dropped: new Map(), rejected: [] }
  const batch = { id: '1', signal: 'traces', items: [item], bytes: 1, account } as BatchOf<'traces'> // filter asks the item
  let output: Batch | undefined
  const next = async (batch: Batch) => {
    output = batch
  }
  await filter.create(filter.config.parse(settings), next, testContext('filter/x')).consume!(
    batch,
    AbortSignal.timeout(1e6),
  )
  assert.equal(output?.account.dropped.get('filter/x') ?? 0, 1 - (output?.items.length ?? 0))
  return output?.items.length === 0
}

const CONDITIONS: readonly (readonly [condition: object, met: readonly Item[], unmet: readonly Item[]])[] = [
  [{ signal: 'traces' }, [SPAN, UNFINISHED], [LOG, POINT]],
  [{ signal: 'logs' }, [LOG], [SPAN, POINT]],
  [{ signal: 'metrics' }, [POINT], [SPAN, LOG]],
  [{ service: 'checkout' }, [SPAN, LOG, POINT], []],
  [{ service: ['a', 'b'] }, [], [SPAN, LOG, POINT]],
  [{ resource: { zone: { matches: '^eu-' } } }, [SPAN, LOG, POINT], []],
  [{ resource: { host: { exists: true } } }, [], [SPAN]],
  [{ scope: 'lib' }, [SPAN, LOG, POINT], []],
  [{ name: 'GET /orders' }, [SPAN], [LOG, POINT]],
  [{ name: { matches: 'disk|requests' } }, [LOG, POINT], [SPAN]],
  [{ name: { exists: false } }, [UNFINISHED, WITHOUT_SEVERITY], [SPAN, LOG, POINT]],
  [{ body: { matches: '(?i:DISK)' } }, [LOG], [SPAN, POINT, WITHOUT_SEVERITY]],
  [{ body_fields: { level: 'debug', n: { at_least: 5 } } }, [WITHOUT_SEVERITY], [LOG, SPAN]],
  [{ severity_below: 'error' }, [LOG], [SPAN, POINT, WITHOUT_SEVERITY]],
  [{ severity_below: 'warn' }, [], [LOG]],
  [{ severity_at_least: 'warn' }, [LOG], [SPAN, POINT, WITHOUT_SEVERITY]],
  [{ severity_at_least: 'error' }, [], [LOG]],
  [{ span_kind: 'server' }, [SPAN], [UNFINISHED, LOG, POINT]],
  [{ span_status: 'error' }, [SPAN], [UNFINISHED, LOG, POINT]],
  [{ duration_below_ms: 5.1 }, [SPAN], [UNFINISHED, LOG]],
  [{ duration_below_ms: 5 }, [], [SPAN]],
  [{ duration_at_least_ms: 5 }, [SPAN], [UNFINISHED, POINT]],
  [{ signal: 'traces', service: 'checkout', name: 'x' }, [], [SPAN]],
  [{ service: 'checkout', not: { signal: 'logs' } }, [SPAN, POINT], [LOG]],
  [{ not: { attributes: { route: '/orders', status: 503 } } }, [LOG, POINT], [SPAN]],
]

test('a condition is met when all its keys hold, and no record has what is not of its signal', async () => {
  for (const [condition, met, unmet] of CONDITIONS) {
    for (const item of met) assert.equal(await isDropped(condition, item), true, JSON.stringify(condition))
    for (const item of unmet) assert.equal(await isDropped(condition, item), false, JSON.stringify(condition))
  }
})

const VALUES: readonly (readonly [attributes: object, isMet: boolean])[] = [
  [{ status: 503 }, true],
  [{ status: '503' }, true],
  [{ status: 500 }, false],
  [{ ok: false }, true],
  [{ ok: true }, false],
  [{ ratio: 0.5 }, true],
  [{ status: [404, 503] }, true],
  [{ status: { in: [404] } }, false],
  [{ status: { equals: 503 } }, true],
  [{ status: { at_least: 500, below: 600 } }, true],
  [{ status: { at_least: 500, below: 503 } }, false],
  [{ ratio: { below: 0.6 } }, true],
  [{ route: { at_least: 0 } }, false],
  [{ status: { matches: '^5' } }, true],
  [{ route: { matches: '^orders' } }, false],
  [{ list: 'b' }, true],
  [{ list: { matches: 'c' } }, false],
  [{ map: { exists: true } }, true],
  [{ map: { matches: '' } }, false],
  [{ bytes: { exists: true } }, true],
  [{ bytes: 'a' }, false],
  [{ absent: { exists: false } }, true],
  [{ nothing: { exists: false } }, true],
  [{ route: { exists: false } }, false],
  [{ route: { exists: true, matches: 'x' } }, false],
  [{ absent: '' }, false],
  [{ empty: '' }, true],
  [{ absent: 'undefined' }, false],
]

test('a value is compared as text, its elements one by one', async () => {
  for (const [attributes, isMet] of VALUES) {
    assert.equal(await isDropped({ attributes }, SPAN), isMet, JSON.stringify(attributes))
  }
})

test('drop wins over keep_only, and without drop only what keep_only names is kept', async () => {
  const both = { keep_only: [{ signal: 'traces' }, { signal: 'logs' }], drop: [{ body: 'disk full' }] }
  assert.deepEqual(await Promise.all([SPAN, LOG, POINT].map(item => isLeftOut(both, item))), [false, true, true])
})

const FAULTS: readonly (readonly [settings: object, message: RegExp])[] = [
  [{}, /drops nothing; give conditions/],
  [{ drop: [] }, />=1 items/],
  [{ drop: [{}] }, /every record would meet it/],
  [{ drop: [{ name: { matches: '(' } }] }, /Unterminated group/],
  [{ drop: [{ name: { matches: '(?i)a' } }] }, /write \(\?i:…\)/],
  [{ drop: [{ name: {} }] }, /says nothing about the value/],
  [{ drop: [{ name: [] }] }, />=1 items/],
  [{ drop: [{ severity_below: 'loud' }] }, /"values":\["trace"/],
  [{ drop: [{ attribute: 'x' }] }, /Unrecognized key/],
  [{ drop: [{ not: { not: { service: 'x' } } }] }, /Unrecognized key/],
]

test('a condition that cannot be meant is a fault of the configuration', () => {
  for (const [settings, message] of FAULTS) {
    const result = filter.config.safeParse(settings)
    assert.match(JSON.stringify(result.error?.issues), message, JSON.stringify(settings))
  }
})
