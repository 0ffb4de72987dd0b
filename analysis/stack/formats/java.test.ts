import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJava, readFrame } from './java.ts'

const FRAMES: readonly [line: string, owner: string, name: string, file: string, line_: number][] = [
  ['at com.acme.Cart.total(Cart.java:12)', 'com.acme.Cart', 'total', 'Cart.java', 12],
  ['at com.acme.Cart.<init>(Cart.java)', 'com.acme.Cart', '<init>', 'Cart.java', 0],
  ['at java.base/java.lang.Thread.run(Thread.java:840)', 'java.lang.Thread', 'run', 'Thread.java', 840],
  ['at app//com.acme.Cart$Line.price(Cart.kt:9)', 'com.acme.Cart$Line', 'price', 'Cart.kt', 9],
  ['at java.base@17.0.1/java.lang.Thread.run(Thread.java:1)', 'java.lang.Thread', 'run', 'Thread.java', 1],
  ['at com.acme.Cart.total(Cart.java:12) ~[shop-1.4.2.jar!/:?]', 'com.acme.Cart', 'total', 'Cart.java', 12],
  [
    'at com.acme.Cart$$Lambda/0x00007f1c2c0a1a40.apply(Unknown Source)',
    'com.acme.Cart$$Lambda/0x00007f1c2c0a1a40',
    'apply',
    'Unknown Source',
    0,
  ],
  [
    'at java.base/java.lang.X$$Lambda$3/0x01.run(Unknown Source)',
    'java.lang.X$$Lambda$3/0x01',
    'run',
    'Unknown Source',
    0,
  ],
  ['at sun.nio.ch.Net.pollConnect(Native Method)', 'sun.nio.ch.Net', 'pollConnect', 'Native Method', 0],
  ['at Main.main(Main.java:3)', 'Main', 'main', 'Main.java', 3],
]
test('a JVM frame has its class, method, file and line', () => {
  for (const [line, owner, name, file, at] of FRAMES)
    assert.deepEqual(readFrame(line), { owner, name, file, line: at }, line)
})

test('causes follow each other; what was suppressed, with its own causes, is left out', () => {
  const error = parseJava(
    `Exception in thread "main" com.acme.Failed: outer: with a colon
	at com.acme.A.a(A.java:1)
	Suppressed: java.lang.IllegalStateException: close
		at com.acme.Res.close(Res.java:5)
		... 3 more
	Caused by: java.lang.RuntimeException: inner close
		... 4 more
Caused by: java.io.IOException: of
two lines
	at com.acme.B.b(B.java:2)
	... 12 common frames omitted
Caused by: java.lang.Error
	at com.acme.C.c(C.java:3)`.split('\n'),
  )
  const chain = [error, error?.cause, error?.cause?.cause, error?.cause?.cause?.cause]
  assert.deepEqual(
    chain.map(link => link && [link.type, link.message, link.frames.map(frame => frame.name).join(' ')]),
    [
      ['com.acme.Failed', 'outer: with a colon', 'a'],
      ['java.io.IOException', 'of\ntwo lines', 'b'],
      ['java.lang.Error', '', 'c'],
      undefined,
    ],
  )
})

test('Logback’s root-first form is turned round', () => {
  const error = parseJava([
    'java.io.IOException: root',
    '\tat a.B.c(B.java:1)',
    'Wrapped by: a.Failed: outer',
    '\tat a.D.e(D.java:2)',
  ])
  assert.deepEqual([error?.type, error?.cause?.type], ['a.Failed', 'java.io.IOException'])
})
