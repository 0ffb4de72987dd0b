import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePhp, readFunction } from './php.ts'

const FUNCTIONS: readonly [text: string, owner: string, name: string][] = [
  ["App\\Cart->total(Object(App\\Order), 'a(b)')", 'App\\Cart', 'total'],
  ['App\\Cart::make()', 'App\\Cart', 'make'],
  ['array_map(Object(Closure), Array)', '', 'array_map'],
  ['App\\{closure}(1)', '', 'App\\{closure}'],
  ['App\\Cart->App\\{closure}(1)', 'App\\Cart', 'App\\{closure}'],
  ['{closure:App\\Cart::total():12}(1)', '', '{closure:App\\Cart::total():12}'],
  ['{main}', '', '{main}'],
]
test('a call is read as its class and function, without arguments', () => {
  for (const [text, owner, name] of FUNCTIONS) assert.deepEqual(readFunction(text), { owner, name }, text)
})

test('every function gets the place it is at, not the one it was called from', () => {
  const error = parsePhp(
    `PHP Fatal error:  Uncaught TypeError: a in b in /app/src/Cart.php:31
Stack trace:
#0 /app/src/Orders.php(44): Cart->add('x in y:1')
#1 [internal function]: Orders->each()
#2 /app/index.php(9): array_walk()
#3 {main}
  thrown in /app/src/Cart.php on line 31`.split('\n'),
  )
  assert.deepEqual([error?.type, error?.message], ['TypeError', 'a in b'])
  assert.deepEqual(
    error?.frames.map(frame => `${frame.owner} ${frame.name} ${frame.file}:${frame.line}`),
    [
      'Cart add /app/src/Cart.php:31',
      'Orders each /app/src/Orders.php:44',
      ' array_walk [internal function]:0',
      ' {main} /app/index.php:9',
    ],
  )
})

test('a function of PHP’s own throws at the place of its caller and has none', () => {
  const error = parsePhp([
    'PDOException: x in /app/src/Store.php:22',
    'Stack trace:',
    '#0 /app/src/Store.php(22): PDOStatement->execute()',
  ])
  assert.equal(error?.frames[0]?.file, '[internal function]')
  for (const [called, place] of [
    ['json_decode()', '[internal function]'],
    ['country()', '/x.php'],
    ['Store->save()', '/x.php'],
  ]) {
    assert.equal(parsePhp(['A: b in /x.php:1', `#0 /x.php(1): ${called}`])?.frames[0]?.file, place, called)
  }
})

test('“Next” begins the error around the one before', () => {
  const lines = [
    'A: a in /x.php:1',
    'Stack trace:',
    '#0 {main}',
    '',
    'Next B: b in /y.php:2',
    'Stack trace:',
    '#0 {main}',
  ]
  const error = parsePhp(lines)
  assert.deepEqual([error?.type, error?.cause?.type], ['B', 'A'])
})

test('Monolog’s JSON has the same error, with its previous ones below', () => {
  const error = parsePhp([
    '{"exception":"[object] (App\\\\Gone(code: 0): a at b at /app/Cart.php:18)',
    '[stacktrace]',
    '#0 /app/Orders.php(60): App\\\\Cart->total(77)',
    '',
    '[previous exception] [object] (PDOException(code: 23000): dup at /app/Store.php:7)',
    '#0 {main}',
  ])
  assert.deepEqual([error?.type, error?.message, error?.frames[0]?.owner], ['App\\Gone', 'a at b', 'App\\Cart'])
  assert.deepEqual([error?.cause?.type, error?.cause?.message], ['PDOException', 'dup'])
})

test('a message of several lines ends in the place', () => {
  const error = parsePhp(['Uncaught A: first', 'second in /app/Cart.php:3', 'Stack trace:', '#0 /app/x.php(1): f()'])
  assert.deepEqual([error?.message, error?.frames[0]?.file], ['first\nsecond', '/app/Cart.php'])
})
