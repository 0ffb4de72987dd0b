import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decidingFrames } from './deciding-frames.ts'
import type { Frame } from './frame.ts'

/** `app total@cart`, `app? query@client` (generic), `app/ get@orders/views` (placed), `app- @server` (nameless), `lib send@smtp`, `run next@node`. */
function stackOf(...lines: string[]): Frame[] {
  return lines.map(line => {
    const [kind, identity] = line.split(' ') as [string, string]
    const name = identity.slice(0, identity.indexOf('@'))
    const origin = kind.startsWith('app') ? 'app' : kind === 'lib' ? 'dependency' : 'runtime'
    const weight =
      kind === 'app?' ? 'generic' : kind === 'app/' ? 'placed' : kind === 'app-' || name === '' ? 'nameless' : 'telling'
    return { function: name, file: '', origin, identity, weight }
  })
}

const STACKS: readonly [name: string, stack: string[], parts: string[], isTelling: boolean][] = [
  ['the innermost telling frame decides alone', ['app total@cart', 'app place@orders'], ['total@cart'], true],
  [
    'libraries and the runtime are passed over',
    ['run next@node', 'lib send@smtp', 'app total@cart'],
    ['total@cart'],
    true,
  ],
  [
    'a generic thrower stays beside who decides',
    ['app? query@client', 'app load@orders'],
    ['query@client', 'load@orders'],
    true,
  ],
  [
    'generic frames between the two go',
    ['app? query@client', 'app? retry@retry', 'app load@orders'],
    ['query@client', 'load@orders'],
    true,
  ],
  ['nameless code counts with its own file', ['app- @disk', 'app run@health'], ['@disk', 'run@health'], true],
  ['nameless code of the same file adds nothing', ['app- @health', 'app run@health'], ['run@health'], true],
  [
    'nameless code outside the thrower adds nothing',
    ['app? query@client', 'app- @x', 'app load@orders'],
    ['query@client', 'load@orders'],
    true,
  ],
  [
    'a placed frame leaves it to a telling caller',
    ['app/ call@shop/call', 'app order@checkout'],
    ['call@shop/call', 'order@checkout'],
    true,
  ],
  [
    'a placed frame decides where no caller tells',
    ['app/ get@orders/views', 'lib next@http', 'app? run@main'],
    ['get@orders/views'],
    true,
  ],
  [
    'a placed frame decides over a generic thrower',
    ['app? assert@assert', 'app/ get@orders/views'],
    ['assert@assert', 'get@orders/views'],
    true,
  ],
  ['generic frames alone do not tell', ['app? handler@index', 'lib next@express'], ['handler@index'], false],
  ['nameless frames alone do not tell', ['app- @server', 'lib next@express'], ['@server'], false],
  ['a library’s frame alone does not tell', ['run next@node', 'lib send@smtp', 'lib queue@smtp'], ['send@smtp'], false],
  ['the runtime’s frames tell nothing at all', ['run next@node'], [], false],
  ['a nameless frame without a file is no part', ['app- @'], [], false],
  ['no frames', [], [], false],
]
for (const [name, stack, parts, isTelling] of STACKS) {
  test(name, () => {
    const decision = decidingFrames(stackOf(...stack))
    assert.deepEqual(decision.parts, parts)
    assert.equal(decision.isTelling, isTelling)
  })
}
