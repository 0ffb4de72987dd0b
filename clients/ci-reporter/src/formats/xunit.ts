import type { Parsed } from '../parsed.ts'
import { millisecondsOf } from '../seconds.ts'
import { openTally } from '../tally.ts'
import type { XmlDocument } from '../xml.ts'
import { dotnetFailure } from './dotnet.ts'
import { allOf, attributeCount, only, textIn } from './elements.ts'
import { type FormatDefinition, rootName } from './source.ts'

export const xunit: FormatDefinition = {
  fingerprint: 'XML whose root is `<assemblies>` or `<assembly>`',
  isOf: source => ['assemblies', 'assembly'].includes(rootName(source) ?? ''),
  parse: ({ xml }) => parseXunit(xml!),
}

/** xUnit.net 2 and 3, and its version 1 (`<class>` in place of `<collection>`). */
function parseXunit({ roots, faults, isTorn }: XmlDocument): Parsed {
  const tally = openTally()
  for (const one of allOf(roots, 'test')) {
    const { name = 'a test', type, result = '' } = one.attributes
    const failure = only(one, 'failure')
    if (one.isTorn && failure === undefined) continue
    const isSkipped = /^(?:skip(?:ped)?|notrun)$/i.test(result)
    const outcome =
      failure === undefined && /^pass/i.test(result)
        ? 'passed'
        : failure === undefined && isSkipped
          ? 'skipped'
          : 'failed'
    const rows =
      outcome === 'failed'
        ? [
            thrown(
              name,
              type,
              failure?.attributes['exception-type'],
              textIn(failure, 'message'),
              textIn(failure, 'stack-trace'),
            ),
          ]
        : []
    tally.add(name, outcome, rows)
  }
  // What failed around the tests: a fixture, a constructor, the clean-up of a class.
  const errors = allOf(roots, 'error').filter(one => one.attributes.type !== undefined)
  for (const one of errors) {
    const failure = only(one, 'failure')
    const name = one.attributes.name ?? one.attributes.type!
    tally.add(name, 'failed', [
      thrown(
        name,
        undefined,
        failure?.attributes['exception-type'],
        textIn(failure, 'message'),
        textIn(failure, 'stack-trace'),
      ),
    ])
  }
  const assemblies = allOf(roots, 'assembly')
  const sum = (key: string) => {
    const all = assemblies.map(one => attributeCount(one, key)).filter(value => value !== undefined)
    return all.length === 0 ? undefined : all.reduce((total, value) => total + value, 0)
  }
  const total = sum('total')
  const failed = sum('failed')
  const skipped = sum('skipped')
  const around = Math.max(errors.length, sum('errors') ?? 0)
  return tally.close({
    counters: {
      total: total === undefined ? undefined : total + around,
      passed: sum('passed'),
      failed: failed === undefined ? undefined : failed + around,
      skipped: skipped === undefined ? undefined : skipped + (sum('not-run') ?? 0),
    },
    durationMs: assemblies.reduce((ms, { attributes }) => ms + millisecondsOf(attributes.time), 0),
    faults,
    isIncomplete: isTorn,
  })
}

function thrown(
  name: string,
  suite: string | undefined,
  type: string | undefined,
  message: string | undefined,
  stack: string | undefined,
) {
  const row = dotnetFailure(name, suite, message, stack)
  return { ...row, error_type: type ?? row.error_type }
}
