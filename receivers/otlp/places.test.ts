import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPlaces } from './places.ts'

const settled = () => new Promise<void>(resolve => setImmediate(resolve))

test('so many at a time, the others in their order, and who leaves without having entered keeps nobody out', async () => {
  const places = createPlaces(2)
  const inside: string[] = []
  const leave = new Map<string, () => void>()
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    leave.set(
      name,
      places.enter(() => void inside.push(name)),
    )
  await settled()
  assert.deepEqual(inside, ['a', 'b'])
  leave.get('c')!()
  leave.get('a')!()
  leave.get('a')!()
  await settled()
  assert.deepEqual(inside, ['a', 'b', 'd'], 'one place was freed, once; c had given up')
  leave.get('b')!()
  leave.get('d')!()
  await settled()
  assert.deepEqual(inside, ['a', 'b', 'd', 'e'])
  leave.get('e')!()
  const again = places.enter(() => void inside.push('f'))
  again()
  await settled()
  assert.deepEqual(inside.at(-1), 'e', 'f left before its turn')
  places.enter(() => void inside.push('g'))
  places.enter(() => void inside.push('h'))
  await settled()
  assert.deepEqual(inside.slice(-2), ['g', 'h'], 'both places are free again')
})
