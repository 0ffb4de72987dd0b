import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MAX_MESSAGE_CHARS, MAX_TOKENS } from './limits.ts'
import { scan } from './scanner.ts'
import { templateOf } from './template.ts'

/** Pieces that open, close or announce something: put together at random they are worse than any real log. */
const PIECES = [
  ...[
    '"',
    "'",
    '`',
    '\\',
    '\\042',
    '{"a":',
    '{"k" ',
    '[',
    ']',
    '}',
    '(',
    ')',
    '<',
    '>',
    '<num>',
    '<no>',
    '=',
    ':',
    '::',
    ',',
    ';',
    '|',
  ],
  ...['/', './', 'a/', 'http://', 'x@', 'x@y.z', '.', '...', '-', '--', '+', '_', '~', '$', '%', '#', '*', '→', '…'],
  ...[
    '1',
    '12',
    '123',
    '2026',
    '2026-01-02',
    '12:30:01',
    '10.0.0.1',
    'fe80::1',
    '0x1f',
    'ab12cd34',
    '1e5',
    '5ms',
    '00:11:22',
  ],
  ...[
    'word',
    'Word',
    'WORD',
    'user',
    'user=',
    'invalid',
    'root',
    'true',
    'null',
    'Jan',
    'Fri',
    'GMT',
    'KB',
    'sec',
    'é',
    '日本',
  ],
  ...[' ', '  ', '\t', '\n', '\u00a0', '\u0000', '\ud800', '🎉', 'eyJ', 'C:\\x', '\\\\srv'],
]
const message = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map(pieces => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)

describe('scan', () => {
  it('puts every character in one token, in order, or takes it for white space or the rest of a rule', () => {
    fc.assert(
      fc.property(message, text => {
        const { length, starts, ends } = scan(text)
        let at = 0
        for (let index = 0; index < length; index++) {
          const start = starts[index]!
          assert.ok(start >= at && ends[index]! >= start && ends[index]! <= text.length)
          assert.match(text.slice(at, start), SKIPPED)
          at = ends[index]!
        }
        assert.match(text.slice(at), SKIPPED)
      }),
      { numRuns: 3_000 },
    )
  })

  it('depends on nothing but the message', () => {
    for (const unfinished of ['x user=', 'for user ', 'x {"a', 'x "a b c d e']) {
      templateOf(unfinished)
      assert.equal(templateOf('bob {"a":1} "x y" left').template, 'bob <json> "<quoted>" left', unfinished)
    }
    fc.assert(
      fc.property(message, message, (one, two) => {
        const before = templateOf(one)
        templateOf(two)
        assert.deepEqual(templateOf(one), before)
      }),
    )
  })

  it('reads a bounded part of a message, and says that it goes on', () => {
    const words = templateOf('word '.repeat(2 * MAX_TOKENS)).template.split(' ')
    assert.equal(words.length, MAX_TOKENS + 1)
    assert.equal(words.at(-1), '<truncated>')
    const long = `${'no'.repeat(50)} `.repeat(100)
    const { template } = templateOf(long)
    assert.ok(template.length <= MAX_MESSAGE_CHARS + ' <truncated>'.length)
    assert.ok(template.endsWith(`no <truncated>`))
    assert.equal(template, templateOf(long + long).template)
  })

  it('does not call a message cut because it ends in white space', () => {
    assert.equal(templateOf(`done${' '.repeat(2 * MAX_MESSAGE_CHARS)}`).template, 'done')
  })

  it('takes time in proportion to the length, whatever is repeated', () => {
    // The first runs are the interpreter's, and tell nothing.
    for (let run = 0; run < 20; run++) for (const piece of PIECES) scan(piece.repeat(100))
    const slow = PIECES.map(piece => ({
      piece,
      milliseconds: bestOf(8, piece.repeat(MAX_MESSAGE_CHARS / piece.length)),
    }))
    assert.deepEqual(
      slow.filter(({ milliseconds }) => milliseconds > MAX_SCAN_MS),
      [],
    )
  })
})

/** What is left of a run of one mark, and white space. */
const SKIPPED = /^(.?)\1*[\s\u0000-\u0020\u007f\u0085\u200b\ufeff]*$/u

/** Five times what the slowest takes; a scan that looks back over the message from each place takes ten times more. */
const MAX_SCAN_MS = 10

function bestOf(times: number, text: string): number {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < times; run++) {
    const start = performance.now()
    scan(text)
    best = Math.min(best, performance.now() - start)
  }
  return best
}

describe('a template that is scanned again', () => {
  it('stays what it is, so that a service that logs templates makes no new ones', () => {
    const statements = fc
      .array(fc.constantFrom(...STATEMENTS), { minLength: 1, maxLength: 4 })
      .map(parts => parts.join(' and '))
    fc.assert(
      fc.property(statements, text => {
        const { template } = templateOf(text)
        assert.equal(templateOf(template).template, template)
      }),
    )
  })
})

const STATEMENTS = [
  'connection from 10.0.0.1:80 (host3.example.com) at Fri Jun 17 07:07:00 2005',
  'user=alice got 18846 bytes (18.4 KB) in <1 sec',
  "can't open '/etc/x' for invalid user bob",
  '"GET /a/b?c=1 HTTP/1.1" 200 5ms "Mozilla/5.0 (X11; Linux x86_64) Gecko"',
  'blk_-12 node-3 attempt_1_2_m_3 deleted 1 2 3 4',
  'msg="it failed" err=null ok=true payload {"a":[1]}',
  'C:\\a\\b.txt v1.2.3 550e8400-e29b-41d4-a716-446655440000 0xdeadbeef',
  'bob@example.org fetched https://example.com/x as dXNlcjpwYXNzd29yZDEyMzQ1Njc4OTA=',
  'java.io.IOException at org.example.app.Main.run 2026-01-02T03:04:05Z',
]
