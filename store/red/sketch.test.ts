import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketOf, bucketValue, countUpTo, quantileOf, sketchOf } from '../../analysis/statistics/sketch.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { withClient } from '../connect.ts'

/** As a sketch stands in the database. */
const packed = (values: readonly number[]): bigint[] =>
  sketchOf(values).map(([bucket, count]) => (BigInt(bucket) << 32n) + BigInt(count))

/** From nothing to days of milliseconds, unevenly. */
const VALUES = Array.from({ length: 2_000 }, (_, i) => (i % 50 === 0 ? 0 : 10 ** (((i * 7_919) % 1_500) / 100 - 6)))
const QUANTILES = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1]

test('SQL reads, merges and takes back sketches as analysis/statistics does', async () => {
  const { database } = await createDatabase()
  await withClient(database, 'reader', async client => {
    const ask = async (sql: string, ...values: unknown[]) => Object.values((await client.query(sql, values)).rows[0])[0]
    const near = (found: unknown, expected: number | null) =>
      assert.ok(Math.abs(Number(found) - expected!) <= 1e-9 * Math.abs(expected!), `${found} for ${expected}`)
    const sketch = sketchOf(VALUES)
    const found = await ask('SELECT sketch_quantiles($1::bigint[], $2)', packed(VALUES), QUANTILES)
    for (const [i, q] of QUANTILES.entries()) near((found as number[])[i], quantileOf(sketch, q))
    near(await ask('SELECT sketch_quantile($1::bigint[], 0.5)', packed([3, 1, 2])), bucketValue(bucketOf(2)))

    const buckets = await client.query('SELECT sketch_bucket(v) AS b FROM unnest($1::float8[]) v', [VALUES])
    assert.deepEqual(
      buckets.rows.map(({ b }) => b),
      VALUES.map(bucketOf),
    )
    for (const value of ['NaN', 'Infinity', '-1', '1e-12']) {
      assert.equal(await ask(`SELECT sketch_bucket('${value}')`), bucketOf(Number(value)))
    }

    // In parts of any size, one of them longer than what is merged in one go, and in any order.
    const merged = `SELECT sketch_sum(s ORDER BY s) = $1::bigint[] FROM (
      SELECT array_agg((sketch_bucket(v)::bigint << 32) + 1) AS s FROM unnest($2::float8[]) WITH ORDINALITY u (v, i)
      GROUP BY i % $3 UNION ALL SELECT '{}') parts`
    const many = [...VALUES, ...VALUES, ...VALUES, ...VALUES, ...VALUES]
    for (const parts of [1, 7, 400]) assert.equal(await ask(merged, packed(many), many, parts), true)
    assert.equal(await ask('SELECT sketch_count($1::bigint[])', packed(VALUES)), '2000')
    assert.equal(
      await ask('SELECT sketch_count_up_to($1::bigint[], 500)', packed(VALUES)),
      String(countUpTo(sketch, 500)),
    )

    // A count below nothing takes back; what comes to nothing is gone.
    const minus = packed([5]).map(entry => entry - 2n)
    assert.equal(await ask('SELECT sketch_compact($1::bigint[] || $2::bigint[]) = $1', packed([1, 5]), []), true)
    assert.equal(
      await ask('SELECT sketch_compact($1::bigint[] || $2::bigint[]) = $3', packed([1, 5]), minus, packed([1])),
      true,
    )
    for (const nothing of [[], null])
      assert.equal(await ask('SELECT sketch_quantile($1::bigint[], 0.5)', nothing), null)
  })
})
