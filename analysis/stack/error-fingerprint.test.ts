import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import {
  ERROR_FINGERPRINT_VERSION,
  type ErrorFingerprint,
  type ErrorReport,
  errorFingerprint,
} from './error-fingerprint.ts'

const FOLDER = fileURLToPath(new URL('pairs/', import.meta.url))

/** Every stack of the table of pairs. */
const stacks = globSync('*/*.txt', { cwd: FOLDER })
  .flatMap(path => readFileSync(`${FOLDER}${path}`, 'utf8').split(/^={5}\n/m))
  .map(text => text.replace(/^[\s\S]*^---\n/m, '').trimEnd())
  .filter(stack => stack !== '')

function plain(message: string): string {
  return message.replace(/\d+/g, '<*>')
}

function fingerprintOf(report: Partial<ErrorReport>, template = plain): ErrorFingerprint {
  return errorFingerprint({ type: '', message: '', stack: '', ...report }, template)
}

/** Other numbers wherever a format writes a line or a column. */
function renumber(stack: string, next: () => number): string {
  return stack
    .replace(
      /^(\s*(?:at|bei) .*?)((?::\d+){1,2})(\)?[ {]*(?: ~?\[.*)?)$/gm,
      (_, head, at: string, tail) => `${head}${at.replace(/\d+/g, () => `${next()}`)}${tail}`,
    )
    .replace(
      /((?:@|[./\\]\S*):)\d+(:\d+)?$/gm,
      (_, head, column) => `${head}${next()}${column === undefined ? '' : `:${next()}`}`,
    )
    .replace(/(", line |:line |:Zeile )\d+/g, (_, head) => `${head}${next()}`)
    .replace(/(\.go:)\d+( \+0x)[0-9a-f]+/g, (_, head, offset) => `${head}${next()}${offset}${next().toString(16)}`)
    .replace(/(\.rb:)\d+(?=:in)/g, (_, head) => `${head}${next()}`)
    .replace(/^(#\d+ .*?\.php\()\d+(\): )/gm, (_, head, tail) => `${head}${next()}${tail}`)
    .replace(/(\.php:)\d+$/gm, (_, head) => `${head}${next()}`)
}

test('other lines and columns never make another fingerprint', () => {
  let changed = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...stacks),
      fc.array(fc.integer({ min: 1, max: 99_999 }), { minLength: 5, maxLength: 20 }),
      (stack, numbers) => {
        let used = 0
        const moved = renumber(stack, () => numbers[used++ % numbers.length]!)
        if (moved !== stack) changed++
        assert.deepEqual(fingerprintOf({ stack: moved }).parts, fingerprintOf({ stack }).parts)
      },
    ),
    { numRuns: 2000 },
  )
  assert.ok(changed > 1000, `${changed} stacks were renumbered`)
})

const HOMES = [
  '/home/zoe/work/shop',
  '/Users/zoe/Documents/shop',
  'C:\\Users\\Zoe\\source\\repos\\shop',
  '/root/shop',
  '/app',
  '/usr/src/app',
  '/srv/shop',
  '/var/task',
]

test('another home or container never makes another fingerprint', () => {
  const homed = stacks.filter(stack => /\/(?:app|srv\/\w+|home\/ana\/work\/shop)\//.test(stack))
  assert.ok(homed.length > 60)
  fc.assert(
    fc.property(fc.constantFrom(...homed), fc.constantFrom(...HOMES), (stack, home) => {
      const moved = stack.replace(
        /(?<![\w/])(?:\/app|\/srv\/\w+|\/home\/ana\/work\/shop)\/(?!site|\.venv)/g,
        `${home}/`,
      )
      assert.deepEqual(fingerprintOf({ stack: moved }).parts, fingerprintOf({ stack }).parts)
    }),
    { numRuns: 2000 },
  )
})

test('other hashes in bundles’ names never make another fingerprint', () => {
  const hashes = fc.stringMatching(/^[0-9][0-9a-f]{7}$|^[0-9][0-9a-f]{15}$|^[0-9][0-9a-f]{19}$/)
  const built = stacks.filter(stack => /[.-][0-9a-f]{8,20}\.js/.test(stack))
  assert.ok(built.length > 8)
  fc.assert(
    fc.property(fc.constantFrom(...built), hashes, (stack, hash) => {
      const rebuilt = stack.replace(/([.-])[0-9a-f]{8,20}(\.js)/g, `$1${hash}$2`)
      assert.deepEqual(fingerprintOf({ stack: rebuilt }).parts, fingerprintOf({ stack }).parts)
    }),
  )
})

test('the same report has the same fingerprint, whatever was seen in between', () => {
  const before = stacks.map(stack => fingerprintOf({ stack }))
  for (let i = 0; i < 12_000; i++) fingerprintOf({ stack: `Error: x\n    at f${i}order (/app/f${i}.js:1:1)` })
  assert.deepEqual(stacks.map(stack => fingerprintOf({ stack })).reverse(), before.reverse())
})

test('no report makes it throw', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom(...stacks).map(stack => stack.slice(0, 400)),
  )
  fc.assert(
    fc.property(text, text, text, fc.option(fc.string(), { nil: undefined }), (type, message, stack, language) => {
      const made = fingerprintOf({ type, message, stack, language })
      assert.equal(BigInt.asIntN(64, made.fingerprint), made.fingerprint)
      assert.equal(made.version, ERROR_FINGERPRINT_VERSION)
      assert.ok(made.typeChain.every(link => link !== ''))
    }),
    { numRuns: 1000 },
  )
})

test('a deep nest of groups and an endless chain of causes are read in bounded time', () => {
  const nest: string[] = ['AggregateError: x', '    at f (/app/f.js:1:1)']
  const chain: string[] = ['Error: x', '    at f (/app/f.js:1:1)']
  for (let i = 1; nest.length < 20_000; i++) {
    const margin = ' '.repeat(i % 1000)
    nest.push(`${margin}[errors]: [`, `${margin} Error: x${i}`, `${margin}     at f${i} (/app/f.js:1:1)`)
    chain.push(`${margin}[cause]: Error: x${i}`, `${margin}    at f${i} (/app/f.js:1:1)`)
  }
  for (const lines of [nest, chain]) {
    const start = performance.now()
    fingerprintOf({ stack: lines.join('\n') })
    assert.ok(performance.now() - start < 3000)
  }
})

test('the result says why: types, deciding parts, culprit and basis', () => {
  const made = fingerprintOf({
    stack: `QueryFailedError: relation "orders" does not exist
    at PostgresQueryRunner.query (/app/node_modules/typeorm/driver/postgres/PostgresQueryRunner.js:219:19)
    at query (/app/src/db/client.ts:18:12)
    at async loadOrders (/app/src/orders/history.ts:9:16)`,
  })
  assert.deepEqual(made.typeChain, ['QueryFailedError'])
  assert.deepEqual(made.parts, ['query@client', 'loadOrders@history'])
  assert.equal(made.culprit, 'loadOrders in src/orders/history.ts')
  assert.equal(made.basis, 'stack')
  assert.deepEqual(
    made.frames.map(frame => [frame.origin, frame.weight, frame.function, frame.file]),
    [
      ['dependency', 'placed', 'PostgresQueryRunner.query', 'typeorm/driver/postgres/PostgresQueryRunner.js'],
      ['app', 'generic', 'query', 'src/db/client.ts'],
      ['app', 'telling', 'loadOrders', 'src/orders/history.ts'],
    ],
  )
})

test('the template is asked only where the stack does not tell, and only for one line', () => {
  const asked: string[] = []
  const template = (message: string): string => {
    asked.push(message)
    return 'T'
  }
  const telling = 'Error: cart 12 is empty\n    at checkCart (/app/cart.js:1:1)'
  assert.equal(fingerprintOf({ stack: telling }, template).basis, 'stack')
  assert.deepEqual(asked, [])
  const made = fingerprintOf({ type: 'ZodError', message: '[\n  {\n    "code": "too_small",' }, template)
  assert.deepEqual([made.basis, made.parts, asked], ['message', ['T'], ['"code": "too_small",']])
})

test('what only carried an error adds neither its type nor its message', () => {
  const carried = fingerprintOf({
    stack: `java.util.concurrent.ExecutionException: java.net.ConnectException: Connection refused
	at java.base/java.util.concurrent.FutureTask.report(FutureTask.java:122)
Caused by: java.net.ConnectException: Connection refused
	at java.base/sun.nio.ch.Net.pollConnect(Native Method)`,
  })
  assert.deepEqual([carried.typeChain, carried.parts], [['java.net.ConnectException'], ['Connection refused']])
})

test('members of a group are told apart by their frames, whatever order they come in and however often', () => {
  const member = (name: string): string => `    Error: gone\n        at ${name} (/app/${name}.js:1:1)`
  const group = (...names: string[]): ErrorFingerprint =>
    fingerprintOf({
      stack: `AggregateError: x\n    at all (/app/all.js:1:1) {\n  [errors]: [\n${names.map(member).join(',\n')}\n  ]\n}`,
    })
  const both = group('loadPrices', 'loadStock')
  assert.deepEqual(both.parts, ['["Error","loadPrices@loadPrices"]', '["Error","loadStock@loadStock"]'])
  assert.equal(group('loadStock', 'loadPrices', 'loadStock').fingerprint, both.fingerprint)
  assert.deepEqual(
    [group('loadStock', 'loadStock').typeChain, group('loadStock').parts],
    [['Error'], ['loadStock@loadStock']],
  )
})

const REPORTED: readonly [name: string, type: string, stack: string, types: string[]][] = [
  ['without a type the trace names it', '', 'a.Gone: x\n\tat a.B.cart(B.java:1)', ['a.Gone']],
  ['a simple name is the qualified one of the trace', 'Gone', 'a.Gone: x\n\tat a.B.cart(B.java:1)', ['a.Gone']],
  ['a code gives way to the trace’s type', 'ENOENT', 'Error: x\n    at cart (/app/b.js:1:1)', ['Error']],
  ['a code stays where the trace has no type', 'ENOENT', '    at cart (/app/b.js:1:1)', ['ENOENT']],
  [
    'another class than the trace’s is the more exact one',
    'CartError',
    'Error: x\n    at cart (/app/b.js:1:1)',
    ['CartError'],
  ],
  [
    'the root cause’s type is in the trace already',
    'java.io.IOException',
    'a.Gone: x\n\tat a.B.cart(B.java:1)\nCaused by: java.io.IOException: y',
    ['a.Gone', 'java.io.IOException'],
  ],
  [
    'a Go type has no pointer',
    '*errors.errorString',
    'goroutine 1 [running]:\nmain.cart()\n\t/app/b.go:1',
    ['errors.errorString'],
  ],
  ['a minified class is none', 't', '', []],
]
for (const [name, type, stack, types] of REPORTED) {
  test(name, () => assert.deepEqual(fingerprintOf({ type, stack }).typeChain, types))
}

test('an error of which nothing is known has a fingerprint too', () => {
  const made = fingerprintOf({})
  assert.deepEqual([made.typeChain, made.parts, made.culprit, made.basis], [[], [], '', 'message'])
})

/**
 * FNV-1a of `["error",3,[types],[parts]]`, computed elsewhere. Should one change, `ERROR_FINGERPRINT_VERSION` must be
 * raised: ids are kept for ever.
 */
const KEPT: readonly [stack: string, fingerprint: bigint][] = [
  ['TypeError: x\n    at Cart.total (/app/src/cart.js:1:1)', 0xf81e3396201b3c3an],
  ['a.Gone: x\n\tat com.acme.Cart.total(Cart.java:12)', 0x667ef09670531df1n],
]
test('an id, once given, stays', () => {
  for (const [stack, fingerprint] of KEPT)
    assert.equal(BigInt.asUintN(64, fingerprintOf({ stack }).fingerprint), fingerprint, stack)
})
