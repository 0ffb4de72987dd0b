import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Attributes, contrast, type Shared, unitsOf } from './index.ts'

/** Numbers that look drawn and are the same in every run. */
function draw(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function records(count: number, make: (i: number, chance: () => number) => Attributes, seed = 1): Attributes[] {
  const chance = draw(seed)
  return Array.from({ length: count }, (_, i) => make(i, chance))
}

const shop = (i: number, chance: () => number): Record<string, string | number | boolean> => ({
  'order.id': `ord-${i}-${chance()}`,
  'shop.carrier': chance() < 0.5 ? 'northpost' : 'swiftbox',
  'shop.payment': ['card', 'wallet', 'invoice'][Math.floor(chance() * 3)]!,
  'host.name': `worker-${Math.floor(chance() * 4)}`,
  'cloud.region': 'eu',
})
const names = (shared: readonly Shared[]) =>
  shared.map(({ traits }) => traits.map(({ key, value }) => `${key}=${value}`).join(' & '))

test('what all failing ones have and few good ones is told first, with its counts', () => {
  const bad = records(40, (i, chance) => ({ ...shop(i, chance), 'shop.locale': 'sv-SE' }))
  const good = records(
    400,
    (i, chance) => ({ ...shop(i, chance), 'shop.locale': chance() < 0.2 ? 'sv-SE' : 'de-DE' }),
    2,
  )
  const { shared, compared } = contrast(unitsOf(bad, good))
  assert.deepEqual(names(shared), ['shop.locale=sv-SE'])
  assert.equal(shared[0]!.first, 40)
  assert.equal(shared[0]!.second, good.filter(one => one['shop.locale'] === 'sv-SE').length)
  assert.ok(shared[0]!.chance < 1e-10 && compared > 5)
})

test('two sets that differ by chance alone share nothing', () => {
  let told = 0
  for (let seed = 1; seed <= 50; seed++) {
    told += contrast(unitsOf(records(60, shop, seed), records(300, shop, seed + 100))).shared.length
  }
  assert.ok(told <= 1, `${told} in 50 comparisons of nothing`)
})

test('ids and values that nobody shares are left out, whoever has them', () => {
  const { shared } = contrast(
    unitsOf(
      records(50, shop),
      records(50, (i, chance) => ({ ...shop(i + 1_000, chance) }), 9),
    ),
  )
  assert.ok(names(shared).every(name => !name.startsWith('order.id')))
})

test('an id that most of the failing share is told: one tenant among thousands', () => {
  const bad = records(30, i => ({ tenant_id: i % 10 === 0 ? `t-${i}` : 't-42', plan: 'free' }))
  const good = records(300, i => ({ tenant_id: `t-${i}`, plan: 'free' }))
  assert.deepEqual(names(contrast(unitsOf(bad, good)).shared), ['tenant_id=t-42'])
})

test('attributes that exactly the same units have are told as one, under the plainest name', () => {
  const place = (bad: boolean, i: number) => {
    const n = bad ? 3 : i % 5
    return { 'service.instance.id': `0f3a-${n}-9c1e`, 'host.name': `w-${n}`, 'k8s.pod.name': `payment-7f9c-${n}` }
  }
  const { shared } = contrast(
    unitsOf(
      records(20, i => place(true, i)),
      records(100, i => place(false, i)),
    ),
  )
  assert.deepEqual(names(shared), ['host.name=w-3'])
  assert.deepEqual(shared[0]!.also.map(({ key }) => key).sort(), ['k8s.pod.name', 'service.instance.id'])
})

test('a release that runs on hosts of its own is told by its release', () => {
  const place = (release: string, host: string) => ({
    'host.name': host,
    'service.version': release,
    'k8s.pod.name': host,
  })
  const { shared } = contrast(
    unitsOf(
      records(20, () => place('2.11.0', 'w-5')),
      records(100, () => place('2.10.0', 'w-4')),
    ),
  )
  assert.deepEqual(names(shared), ['service.version=2.11.0'])
})

test('what is frequent only through another is no reason of its own', () => {
  const from = (country: string, chance: () => number) => ({
    country,
    currency: chance() < 0.85 ? (country === 'SE' ? 'SEK' : 'EUR') : country === 'SE' ? 'EUR' : 'SEK',
  })
  const everybody = records(2_000, (_, chance) => from(chance() < 0.2 ? 'SE' : 'DE', chance))
  const bad = everybody.filter(one => one.currency === 'SEK').slice(0, 100)
  const good = everybody.filter(one => one.currency !== 'SEK' || everybody.indexOf(one) % 7 === 0)
  const { shared, explained } = contrast(unitsOf(bad, good))
  assert.deepEqual(names(shared), ['currency=SEK'])
  assert.deepEqual(names(explained), ['country=SE'])
})

test('two that only fail together are told together', () => {
  const all = records(1_200, (_, chance) => ({
    browser: chance() < 0.4 ? 'safari' : 'chrome',
    plan: chance() < 0.4 ? 'trial' : 'paid',
  }))
  const fails = (one: Attributes) => one.browser === 'safari' && one.plan === 'trial'
  const { shared } = contrast(
    unitsOf(
      all.filter(fails),
      all.filter(one => !fails(one)),
    ),
  )
  assert.deepEqual(shared[0]!.traits.map(({ key, value }) => `${key}=${value}`).sort(), [
    'browser=safari',
    'plan=trial',
  ])
  assert.equal(shared[0]!.second, 0)
})

test('two reasons that have nothing to do with each other are both told', () => {
  const bad = records(80, (i, chance) => ({
    ...shop(i, chance),
    ...(i % 2 ? { flag: 'on' } : { 'host.name': 'worker-9' }),
  }))
  const { shared } = contrast(unitsOf(bad, records(400, shop, 5)))
  assert.deepEqual(names(shared).sort(), ['flag=on', 'host.name=worker-9'])
})

test('numbers are cut where they tell the sets apart', () => {
  const bad = records(60, (_, chance) => ({ total: 500 + 400 * chance() }))
  const good = records(600, (_, chance) => ({ total: 800 * chance() }), 3)
  const [best] = contrast(unitsOf(bad, good)).shared
  assert.equal(best!.traits[0]!.key, 'total')
  const cut = Number(/^≥ (.+)$/.exec(best!.traits[0]!.value)?.[1])
  assert.ok(cut > 350 && cut < 600, `${cut}`)
})

test('a million records are compared in under a second, and twice the same', { timeout: 60_000 }, () => {
  const values = records(1_000, shop)
  const million = Array.from({ length: 1_000_000 }, (_, i) => values[(i * 7) % 1_000]!)
  const bad = Array.from({ length: 10_000 }, (_, i) => ({ ...values[i % 1_000]!, 'shop.locale': 'sv-SE' }))
  const startedAt = performance.now()
  const once = contrast(unitsOf(bad, million))
  const elapsedMs = performance.now() - startedAt
  assert.deepEqual(names(once.shared), ['shop.locale=sv-SE'])
  assert.ok(elapsedMs < 1_000, `${elapsedMs} ms`)
  assert.deepEqual(contrast(unitsOf(bad, million)), once)
})

test('whatever the records hold, shares are counts over their sets, and nothing throws', () => {
  const value = fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: -3, max: 20 }), fc.boolean(), fc.double())
  const list = fc.array(fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'c.id'), value), { maxLength: 40 })
  fc.assert(
    fc.property(list, list, (first, second) => {
      const result = contrast(unitsOf(first, second), { falseShareMax: 1, firstShareMin: 0 })
      for (const one of [...result.shared, ...result.explained]) {
        assert.ok(one.first <= first.length && one.second <= second.length && one.firstShare > one.secondShare)
      }
    }),
  )
})
