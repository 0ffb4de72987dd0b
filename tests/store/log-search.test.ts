import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import type pg from 'pg'
import { fingerprintOf, LOG_TEMPLATE_VERSION } from '../../analysis/log-template/fingerprint.ts'
import { openClient, openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { attributes, batch, log, resource } from '../../exporters/timescale/testing/records.ts'
import type { LogRecord } from '../../pipeline/model/index.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { createDatabase } from '../postgres.ts'

const SECOND = 1_000_000_000n
const START = 1_785_579_600n * SECOND
const SHOP = resource({ 'service.name': 'shop', 'deployment.environment.name': 'prod' })
const FROM = '2026-08-01T00:00:00Z'
const UNTIL = '2026-08-02T00:00:00Z'

function line(message: string, seconds: number, fields: Partial<LogRecord> = {}): LogRecord {
  const { id, template } = fingerprintOf(message)
  return log({
    resource: SHOP,
    body: message,
    timeUnixNano: START + BigInt(Math.round(seconds * 1000)) * 1_000_000n,
    severityNumber: 9,
    fingerprint: { id, kind: 'log', version: LOG_TEMPLATE_VERSION, template },
    ...fields,
  })
}

async function openStore(t: TestContext) {
  const made = await createDatabase()
  const { consume } = await openExporter(t, made)
  const client = await openClient(t, made)
  const found = async (words: string, limit = 100) => {
    const { rows } = await client.query<{ message: string }>(
      'SELECT message FROM log_search($1, $2, $3, $4) WITH ORDINALITY ORDER BY ordinality',
      [words, FROM, UNTIL, limit],
    )
    return rows.map(({ message }) => message)
  }
  return { consume, client, found }
}

test('a line is found by a word of its template, by an id in it, and by both together; before and after the fold', async t => {
  const { consume, client, found } = await openStore(t)
  const lines = ['order ord_7f3k9x2m paid with 42.50 EUR', 'order ord_abc123de refused: no Credit memo', 'cache warmed']
  await consume(
    batch(
      'logs',
      'one',
      lines.map((message, i) => line(message, i)),
    ),
  )
  for (const fold of [false, true]) {
    if (fold) while ((await foldSightings(client)).sightings > 0);
    assert.deepEqual(await found('order'), [lines[1], lines[0]])
    assert.deepEqual(await found('ord_7f3k9x2m'), [lines[0]])
    assert.deepEqual(await found('ORDER ord_abc123de'), [lines[1]])
    assert.deepEqual(await found('42.50'), [lines[0]])
    assert.deepEqual(await found('"credit memo"'), [lines[1]])
    assert.deepEqual(await found('"memo credit"'), [])
    assert.deepEqual(await found('refused:'), [lines[1]])
    // A part of a word is no word.
    assert.deepEqual(await found('ord'), [])
    assert.deepEqual(await found('order cache'), [])
    assert.deepEqual(await found('order', 1), [lines[1]])
  }
})

test('a line without a fingerprint, an error and a structured body are found by what they say', async t => {
  const { consume, found } = await openStore(t)
  const stack = { id: 5n, kind: 'error', version: 1, template: 'PaymentError at charge' } as const
  const structured = new Map([['msg', 'nightly export done']])
  await consume(
    batch('logs', 'one', [
      line('no fingerprint at all', 1, { fingerprint: undefined }),
      line('the charge was declined', 2, { fingerprint: stack }),
      line('', 3, { body: structured }),
      line('', 4, { body: null, eventName: 'cache.flushed' }),
    ]),
  )
  assert.deepEqual(await found('fingerprint'), ['no fingerprint at all'])
  assert.deepEqual(await found('charge declined'), ['the charge was declined'])
  assert.equal((await found('nightly')).length, 1)
  assert.deepEqual(await found('flushed'), ['cache.flushed'])
  await assert.rejects(found('...'), /there is no word to look for/)
})

const VOCABULARY = ['pay', 'payment', 'order', 'id_1', 'id_2', 'Größe', 'x-9', '17', '17.5', '支払', 'a/b']
const LINES = fc.array(
  fc.record({
    words: fc.array(fc.constantFrom(...VOCABULARY), { minLength: 1, maxLength: 5 }),
    seconds: fc.constantFrom(0, 1, 1, 1.001, 299, 301, 4_000, 40_000),
    isKnown: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
)

test('whatever is stored and asked, the newest lines with all the words are found, as reading every line finds them', async t => {
  const { consume, client, found } = await openStore(t)
  let n = 0
  const property = fc.asyncProperty(
    LINES,
    fc.array(fc.constantFrom(...VOCABULARY, 'PAY', '"order id_1"'), { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 1, max: 6 }),
    async (lines, words, limit) => {
      await client.query('TRUNCATE log_blocks; DELETE FROM logs')
      const records = lines.map(({ words, seconds, isKnown }) =>
        line(words.join(' '), seconds, isKnown ? {} : { fingerprint: undefined }),
      )
      await consume(batch('logs', `batch ${++n}`, records.slice(0, 9)))
      if (records.length > 9) await consume(batch('logs', `batch ${++n}`, records.slice(9)))
      const asked = words.join(' ')
      assert.deepEqual((await found(asked, 100)).sort(), (await read(client, asked)).sort(), asked)
      const newest = await client.query<{ at: string }>(
        `SELECT array_agg(timestamp::text)::text AS at FROM log_search($1, $2, $3, $4)
         UNION ALL SELECT array_agg(at::text)::text FROM (SELECT timestamp AS at FROM application_logs
           WHERE ascii_lower(message) ~ ALL ((search_terms($1)).patterns) ORDER BY 1 DESC LIMIT $4) q`,
        [asked, FROM, UNTIL, limit],
      )
      assert.equal(newest.rows[0]!.at, newest.rows[1]!.at)
    },
  )
  await fc.assert(property, { numRuns: 60 })
})

/** Line by line, with rules of its own for where a word ends. */
async function read(client: pg.Client, asked: string): Promise<string[]> {
  const { rows } = await client.query<{ message: string }>('SELECT message FROM application_logs')
  const terms = [...asked.matchAll(/"([^"]+)"|(\S+)/g)].map(([, phrase, word]) => (phrase ?? word)!.toLowerCase())
  const isPart = (character: string | undefined) => character !== undefined && /[\wöß]/.test(character)
  const has = (message: string, term: string) => {
    for (let at = message.indexOf(term); at >= 0; at = message.indexOf(term, at + 1)) {
      const before = isPart(term[0]) && isPart(message[at - 1])
      const after = isPart(term.at(-1)) && isPart(message[at + term.length])
      if (!before && !after) return true
    }
    return false
  }
  return rows.map(row => row.message).filter(message => terms.every(term => has(message.toLowerCase(), term)))
}

test('what was stored before there were blocks is found, too, and what lies on the border once', async t => {
  const { consume, client, found } = await openStore(t)
  const records = Array.from({ length: 40 }, (_, i) => line(`tick ${i} of id_9`, i * 300))
  await consume(batch('logs', 'one', records.slice(0, 20)))
  await client.query('TRUNCATE log_blocks')
  await client.query('UPDATE search_coverage SET since = $1', [
    new Date(Number((START + 6_000n * SECOND) / 1_000_000n)),
  ])
  await consume(batch('logs', 'two', records.slice(20)))
  assert.equal((await found('id_9')).length, 40)
  assert.equal((await found('tick')).length, 40)
  assert.deepEqual(await found('tick', 3), ['tick 39 of id_9', 'tick 38 of id_9', 'tick 37 of id_9'])
})

test('what names a thing is found by its id: in attributes that are called entities, in messages and in errors', async t => {
  const { consume, client } = await openStore(t)
  await consume(
    batch('logs', 'one', [
      line('paid', 1, { attributes: attributes({ 'shop.order.id': 'ord_1', cart_id: 77n, note: 'ord_9' }) }),
      line('shipping ord_1, at last', 2),
      line('ord_12 is another', 3),
    ]),
  )
  const naming = async (id: string) => {
    const { rows } = await client.query<{ message: string }>('SELECT message FROM records_naming($1, $2, $3)', [
      id,
      FROM,
      UNTIL,
    ])
    return rows.map(({ message }) => message)
  }
  assert.deepEqual(await naming('ord_1'), ['shipping ord_1, at last', 'paid'])
  assert.deepEqual(await naming('77'), ['paid'])
  assert.deepEqual(await naming('ord_12'), ['ord_12 is another'])
})
