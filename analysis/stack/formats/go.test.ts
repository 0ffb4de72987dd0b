import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGo } from './go.ts'

function read(text: string): { type: string; names: string[] } | undefined {
  const error = parseGo(text.split('\n'))
  return error && { type: error.type, names: error.frames.map(frame => frame.name) }
}

const REASONS: readonly [reason: string, type: string][] = [
  ['panic: runtime error: index out of range [5] with length 1', 'runtime error: index out of range'],
  ['panic: runtime error: slice bounds out of range [:9] with capacity 4', 'runtime error: slice bounds out of range'],
  ['panic: runtime error: integer divide by zero [recovered]', 'runtime error: integer divide by zero'],
  ['panic: interface conversion: interface {} is string, not int', 'interface conversion'],
  ['panic: assignment to entry in nil map', 'assignment to entry in nil map'],
  ['panic: send on closed channel', 'send on closed channel'],
  ['panic: no such order: 12', 'panic'],
  ['panic: main.Gone{ID:5}', 'panic'],
  ['fatal error: all goroutines are asleep - deadlock!', 'fatal error: all goroutines are asleep'],
  ['fatal error: concurrent map writes', 'fatal error: concurrent map writes'],
  ['http: panic serving 10.0.0.1:5122: runtime error: integer divide by zero', 'runtime error: integer divide by zero'],
  ['2024/05/03 10:11:12 http: panic serving [::1]:5122: boom', 'panic'],
]
test('the runtime’s own panics have a type, whatever their numbers; those of programs are panics', () => {
  for (const [reason, type] of REASONS) {
    assert.equal(read(`${reason}\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/app/main.go:3 +0x1d`)?.type, type, reason)
  }
})

test('functions are read without arguments, with their receivers, up to who started the goroutine', () => {
  const names = read(`panic: x

goroutine 18 gp=0xc000 m=2 mp=0xc0 [running, locked to thread]:
github.com/acme/shop/cart.(*Cart).Total(...)
	/app/cart.go:4
github.com/acme/shop/cart.Map[...]({0xc000014080, 0x4}, 0x9)
	/app/cart.go:6 +0x3a fp=0x28 sp=0x29 pc=0x4a
main.work.func1()
	/app/main.go:9
created by main.main in goroutine 1
	/app/main.go:20 +0x8b

goroutine 1 [chan receive]:
main.main()
	/app/main.go:21 +0x9b`)?.names
  assert.deepEqual(names, [
    'github.com/acme/shop/cart.(*Cart).Total',
    'github.com/acme/shop/cart.Map[...]',
    'main.work.func1',
    'main.main',
  ])
})

test('what a deferred function does after the panic is not the bug', () => {
  const text = `panic: runtime error: integer divide by zero [recovered]
	panic: handled: runtime error: integer divide by zero

goroutine 1 [running]:
main.handle.func1()
	/app/main.go:14 +0x5a
panic({0x4bdb00?, 0x126122ea6000?})
	/usr/local/go/src/runtime/panic.go:860 +0x13a
main.mean(...)
	/app/stats.go:4`
  assert.deepEqual(read(text), { type: 'runtime error: integer divide by zero', names: ['main.mean'] })
})

test('the runtime’s own stack before an overflow is not the program’s', () => {
  const text = `fatal error: stack overflow

runtime stack:
runtime.throw({0x4c83c6?, 0x41a725?})
	/usr/local/go/src/runtime/panic.go:1229 +0x48

goroutine 1 [running]:
main.walk(0x0?)
	/app/main.go:19 +0x17`
  assert.deepEqual(read(text), { type: 'fatal error: stack overflow', names: ['main.walk'] })
})

test('of pkg/errors’ stacks the first is the root’s', () => {
  const text = `unexpected EOF
main.read
	/app/main.go:20
main.main
	/app/main.go:9
load config
main.load
	/app/main.go:30`
  assert.deepEqual(read(text), { type: '', names: ['main.read', 'main.main'] })
})
