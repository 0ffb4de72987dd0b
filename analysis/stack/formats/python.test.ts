import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_FRAMES, type OpenError } from '../parsed.ts'
import { parsePython, readFrame } from './python.ts'

test('a frame has its function, file and line; the line of a syntax error has no function', () => {
  assert.deepEqual(readFrame('  File "/app/cart.py", line 12, in total'), {
    owner: '',
    name: 'total',
    file: '/app/cart.py',
    line: 12,
  })
  assert.deepEqual(readFrame('> File "/app/cart.py", line 12, in <module>'), {
    owner: '',
    name: '<module>',
    file: '/app/cart.py',
    line: 12,
  })
  assert.deepEqual(readFrame('  File "<string>", line 1'), { owner: '', name: '', file: '<string>', line: 1 })
  assert.equal(readFrame('see File "/app/cart.py", line 12'), undefined)
})

/** `Outer(frames) < Cause(frames) [Member(frames), …]` */
function outline(error: OpenError | undefined): string {
  if (error === undefined) return ''
  const members = error.members.length === 0 ? '' : ` [${error.members.map(outline).join(', ')}]`
  const cause = error.cause === undefined ? '' : ` < ${outline(error.cause)}`
  return `${error.type}(${error.frames.map(frame => frame.name).join(' ')})${members}${cause}`
}

const CHAIN = `Traceback (most recent call last):
  File "/app/prices.py", line 3, in price
    return PRICES[sku]
           ~~~~~~^^^^^
KeyError: 'SKU-1'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/cart.py", line 9, in total
    price(sku)
  File "/app/prices.py", line 5, in price
    raise PriceMissing(sku) from error
shop.PriceMissing: SKU-1
of two lines

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 2, in <module>
    log(error.sku)
AttributeError: 'PriceMissing' object has no attribute 'sku'`

test('chains are read from the reported exception to its root, frames from the innermost', () => {
  assert.equal(
    outline(parsePython(CHAIN.split('\n'))),
    'AttributeError(<module>) < shop.PriceMissing(price total) < KeyError(price)',
  )
})

const GROUPS = `  + Exception Group Traceback (most recent call last):
  |   File "/app/main.py", line 14, in main
  |     async with asyncio.TaskGroup() as tg:
  | ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/feeds.py", line 5, in load
    |     raise KeyError("a")
    | KeyError: 'a'
    |
    | During handling of the above exception, another exception occurred:
    |
    | Traceback (most recent call last):
    |   File "/app/feeds.py", line 7, in load
    |     raise ValueError("b")
    | ValueError: b
    +---------------- 2 ----------------
    | Exception Group Traceback (most recent call last):
    |   File "/app/nested.py", line 24, in nested
    |     async with asyncio.TaskGroup() as tg:
    | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
    +-+---------------- 1 ----------------
      | Traceback (most recent call last):
      |   File "/app/jobs.py", line 19, in job
      |     raise OSError("c")
      | OSError: c
      +------------------------------------

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/run.py", line 33, in run
    raise LookupError("after") from group
LookupError: after`

test('exception groups keep their members, with their own chains and groups', () => {
  const expected =
    'LookupError(run) < ExceptionGroup(main) [ValueError(load) < KeyError(load), ExceptionGroup(nested) [OSError(job)]]'
  assert.equal(outline(parsePython(GROUPS.split('\n'))), expected)
})

test('a traceback without its last line is an error without a type', () => {
  assert.equal(
    outline(parsePython(['  File "/app/a.py", line 1, in f', '    g()', '  File "/app/a.py", line 2, in g'])),
    '(g f)',
  )
})

test('of an endless recursion the innermost frames are kept', () => {
  const lines = ['Traceback (most recent call last):', '  File "/app/a.py", line 1, in outer']
  for (let i = 0; i < 3 * MAX_FRAMES; i++) lines.push('  File "/app/a.py", line 1, in f')
  const error = parsePython([...lines, '  File "/app/a.py", line 1, in inner', 'RecursionError: deep'])
  assert.equal(error?.frames.length, MAX_FRAMES)
  assert.equal(error.frames[0]?.name, 'inner')
  assert.ok(error.frames.every(frame => frame.name !== 'outer'))
})
