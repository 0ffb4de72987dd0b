import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stackLines } from './lines.ts'
import { detectFormat, parseStack } from './parse.ts'
import { MAX_ERRORS, MAX_FRAMES, type ParsedError, type StackFormat } from './parsed.ts'

/** Single lines that are sure of one format; whole traces are in `pairs/`. */
const LINES: readonly [format: StackFormat | undefined, line: string][] = [
  ['v8', '    at total (/app/src/cart.js:12:5)'],
  ['v8', '    at /app/src/cart.js:12:5'],
  ['v8', '    at async Promise.all (index 0)'],
  ['v8', '    at eval (eval at f (/app/a.js:1:1), <anonymous>:1:33)'],
  ['v8', '    at total (https://shop.example/main.js:1:88)'],
  ['java', '\tat com.acme.Cart.total(Cart.java:12)'],
  ['java', '\tat java.base/java.lang.Thread.run(Thread.java:840) ~[?:?]'],
  ['java', '\tat com.acme.Cart.total(Unknown Source:3)'],
  ['java', '\tat a.b.c.a(SourceFile:12)'],
  ['dotnet', '   at Acme.Cart.Total(Order o) in C:\\src\\Cart.cs:line 12'],
  ['dotnet', '   at Acme.Cart.Total()'],
  ['dotnet', '   at Acme.Cart.<TotalAsync>d__12.MoveNext()'],
  ['dotnet', '   bei Acme.Cart.Total(Order o) in C:\\src\\Cart.cs:Zeile 12.'],
  ['python', '  File "/app/cart.py", line 12, in total'],
  ['python', '  |   File "/app/cart.py", line 12, in total'],
  ['go', 'goroutine 1 [running]:'],
  ['go', '\t/app/main.go:20 +0x3a'],
  ['ruby', "app/cart.rb:12:in `total'"],
  ['ruby', "\tfrom app/cart.rb:12:in 'Cart#total'"],
  ['php', '#0 /app/src/Cart.php(31): App\\Cart->total()'],
  ['php', '\tat App.Cart.total(Cart.php:12)'],
  ['php', '\tat {main}(index.php:9)'],
  ['php', '\tat App.Cart.App.{closure}(Cart.php:12)'],
  ['rust', '   3: shop::cart::Cart::total'],
  ['rust', "thread 'main' panicked at src/cart.rs:2:5:"],
  ['gecko', 'total@https://shop.example/main.js:1:88'],
  [undefined, 'TypeError: x is not a function'],
  [undefined, 'at noon the job was cancelled'],
  ['native', '#0  0x00007f12 in raise () from /lib/libc.so.6'],
  ['native', '#00 pc 000000000001a2b4  /data/app/lib/libcart.so (shop::Cart::total()+20)'],
  ['native', '2   Shop   0x0000000102f3c1a4 $s4Shop4CartC5totalSdyF + 84'],
  ['beam', '    (shop 0.1.0) lib/shop/cart.ex:12: Shop.Cart.total/1'],
  ['beam', '{shop_cart,total,1,[{file,"src/shop_cart.erl"},{line,12}]}'],
  ['plain', '#1      Cart.total (package:shop/cart.dart:12:5)'],
  ['plain', "\tcart.lua:12: in function 'total'"],
  ['plain', 'Called from Shop.Cart.total in file "src/cart.ml", line 12, characters 5-20'],
  ['dotnet', 'Shop.Cart.Total () (at Assets/Scripts/Cart.cs:12)'],
  ['dotnet', '  at Shop.Cart.Total (Shop.Order o) [0x00012] in /src/Cart.cs:12 '],
  ['ruby', '\tat RUBY.total(/app/lib/cart.rb:12)'],
  ['php', 'PHP   2. App\\Cart->total() /app/src/Cart.php:20'],
  [undefined, 'listening on localhost:3000'],
  [undefined, 'mail to ana@example.com'],
  [undefined, ''],
]
test('a line tells its format, or none', () => {
  for (const [format, line] of LINES) assert.equal(detectFormat([line]), format, line)
})

test('the format that most lines speak for is taken, and the sender’s language where they leave it open', () => {
  const python = ['  File "/app/a.py", line 1, in f', '  File "/app/b.py", line 1, in g']
  const node = ['Error: child failed', '    at run (/app/run.js:1:1)']
  assert.equal(detectFormat([...node, ...python]), 'python')
  assert.equal(detectFormat([...node, ...python], 'nodejs'), 'v8')
  assert.equal(detectFormat([...node, ...python], 'NodeJS'), 'v8')
  assert.equal(detectFormat(python, 'java'), 'python')
  assert.equal(detectFormat(python, 'cobol'), 'python')
})

function errorsOf(error: ParsedError): ParsedError[] {
  return [error, ...(error.cause === undefined ? [] : errorsOf(error.cause)), ...error.members.flatMap(errorsOf)]
}

/** Pieces of every format, so that random texts get deep into the parsers. */
const PIECES = LINES.map(([, line]) => line).concat(
  [
    'Error: x',
    'java.lang.Error: x',
    'Caused by: a.B: c',
    '\tSuppressed: a.B: c',
    '  [cause]: Error: y',
    '  [errors]: [',
    '  ]',
    '}',
  ],
  ['Traceback (most recent call last):', 'KeyError: 1', '  + Exception Group Traceback (most recent call last):'],
  [
    '  +-+---------------- 1 ----------------',
    '    +---------------- 2 ----------------',
    '    | ValueError: b',
    '        | x',
  ],
  ['The above exception was the direct cause of the following exception:', '  | ExceptionGroup: x (1 sub-exception)'],
  [
    'panic({0x1})',
    'main.f(0x1)',
    'panic: x',
    'created by main.main',
    ' ---> A.B: c',
    '---> (Inner Exception #1) A.B: c<---',
  ],
  ['   --- End of inner exception stack trace ---', 'Next A: b in /x.php:1', '[object] (A(code: 0): b at /x.php:1)'],
  [
    'stack backtrace:',
    '             at src/a.rs:1:1',
    '   0: <A as B>::c',
    "\t1: from a.rb:1:in `f'",
    `${' '.repeat(90)}| x`,
  ],
)
const anyTrace = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 40 })), {
  maxLength: 60,
})

test('no text makes the parser throw, and what it finds is bounded', () => {
  fc.assert(
    fc.property(anyTrace, lines => {
      const parsed = parseStack(lines.join('\n'))
      if (parsed === undefined) return
      const errors = errorsOf(parsed.error)
      assert.ok(errors.length <= MAX_ERRORS + 2)
      assert.ok(errors.every(error => error.frames.length <= MAX_FRAMES))
    }),
    { numRuns: 2000 },
  )
})

/** A megabyte of each: nested causes and groups, unclosed brackets, runs of separators, lines that match almost. */
const HOSTILE: readonly [name: string, line: string][] = [
  ...PIECES.map((piece): [string, string] => [piece, piece]),
  ['open parentheses', `at ${'('.repeat(4000)}`],
  ['aliases', `at ${'x [as '.repeat(600)} (/a.js:1:1)`],
  ['eval in eval', `at ${'eval (eval at '.repeat(250)}`],
  ['open brackets', `goroutine 1 ${'['.repeat(4000)}`],
  ['Go paths', `x\n\t${'.go:1 '.repeat(600)}`],
  ['angle brackets', `   at ${'<'.repeat(4000)}()`],
  ['types in types', `   0: ${'<A as '.repeat(600)}`],
  ['quotes', `thread '${"' ".repeat(2000)}`],
  ['at signs', `${'@'.repeat(4000)}/:1:1`],
  ['separators', `    at f (/app/${'._-'.repeat(1300)}.js:1:1)`],
  ['versions', `    at f (/node_modules/${'-1.'.repeat(1300)}/x.js:1:1)`],
  ['releases', `    at f (${'/releases/a'.repeat(350)}:1:1)`],
  ['arrows', `A.BException: c${' ---> A.BException: c'.repeat(190)}`],
  ['closures', `at ${'{closure'.repeat(500)}`],
  ['places', `Uncaught A: ${' in x:1'.repeat(500)}`],
]
/** About ten times what the slowest takes on a busy machine, and far below what anything quadratic would. */
const MAX_HOSTILE_MS = 3000

test('a megabyte of anything hostile is read in linear time', () => {
  for (const [name, line] of HOSTILE) {
    const text = `${line}\n`.repeat(Math.ceil(1_000_000 / (line.length + 1)))
    const start = performance.now()
    parseStack(text)
    const took = performance.now() - start
    assert.ok(took < MAX_HOSTILE_MS, `${name}: ${took.toFixed(0)} ms`)
  }
})

test('a line is cut and blanks are kept, so that indentation can be read', () => {
  assert.deepEqual(stackLines('\t at x\n'), ['\t at x', ''])
})
