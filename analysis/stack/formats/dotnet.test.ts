import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDotnet, readFrame } from './dotnet.ts'

const FRAMES: readonly [line: string, name: string, file: string, line_: number][] = [
  ['at Acme.Cart.Total(Order o) in C:\\src\\Cart.cs:line 12', 'Acme.Cart.Total', 'C:\\src\\Cart.cs', 12],
  ['at Acme.Cart.Total() in /src/Cart.cs:line 12', 'Acme.Cart.Total', '/src/Cart.cs', 12],
  ['at Acme.Cart.Total()', 'Acme.Cart.Total', '', 0],
  ['at Acme.Cart.<TotalAsync>d__12.MoveNext()', 'Acme.Cart.<TotalAsync>d__12.MoveNext', '', 0],
  ['at Acme.Map[T](Func`2 f, IEnumerable`1 xs) in /src/Map.cs:line 3', 'Acme.Map[T]', '/src/Map.cs', 3],
  ['bei Acme.Cart.Total(Order o) in C:\\src\\Cart.cs:Zeile 12.', 'Acme.Cart.Total', 'C:\\src\\Cart.cs', 12],
]
test('a .NET frame has its method, file and line', () => {
  for (const [line, name, file, at] of FRAMES)
    assert.deepEqual(readFrame(line), { owner: '', name, file, line: at }, line)
})

test('headers come first, then frames from the innermost error outwards', () => {
  const error = parseDotnet(
    `Unhandled exception. Acme.Outer: a --> b ---> Acme.Middle: c ---> System.Inner: d
of two lines
   at Acme.I.One()
   --- End of inner exception stack trace ---
   at Acme.M.Two()
--- End of stack trace from previous location ---
   at Acme.M.Three()
   --- End of inner exception stack trace ---
   at Acme.O.Four()`.split('\n'),
  )
  const chain = [error, error?.cause, error?.cause?.cause]
  assert.deepEqual(
    chain.map(link => [link?.type, link?.message, link?.frames.map(frame => frame.name.slice(5)).join(' ')]),
    [
      ['Acme.Outer', 'a --> b', 'O.Four'],
      ['Acme.Middle', 'c', 'M.Two M.Three'],
      ['System.Inner', 'd\nof two lines', 'I.One'],
    ],
  )
})

test('an aggregate has each of its errors once', () => {
  const error = parseDotnet(
    `System.AggregateException: One or more errors occurred. (a) (b)
 ---> Acme.A: a
   at Acme.X.One()
   --- End of inner exception stack trace ---
   at System.Threading.Tasks.Task.WaitAll(Task[] tasks)
---> (Inner Exception #0) Acme.A: a
   at Acme.X.One()<---

---> (Inner Exception #1) Acme.B: b ---> Acme.C: c
   at Acme.Y.Three()
   --- End of inner exception stack trace ---
   at Acme.Y.Two()<---
`.split('\n'),
  )
  assert.deepEqual(
    error?.members.map(member => [member.type, member.cause?.type, member.frames.length]),
    [
      ['Acme.A', undefined, 1],
      ['Acme.B', 'Acme.C', 1],
    ],
  )
  assert.equal(error.cause, undefined)
  assert.equal(error.frames.length, 1)
})
