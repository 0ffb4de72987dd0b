import { withoutColours } from '../error-text.ts'
import type { Outcome, Parsed } from '../parsed.ts'
import { millisecondsOf } from '../seconds.ts'
import { openTally } from '../tally.ts'
import { rustError } from './rust-error.ts'
import type { FormatDefinition } from './source.ts'

const MAX_LINE_CHARS = 2_000
const BEGINS = /^running (\d+) tests?$/
/** What a test prints with `--nocapture` may stand between its name and its verdict. */
const NAMED = /^test (\S.*?)(?: - should panic)? \.\.\. ?(.*)$/
const VERDICT = /^(ok|FAILED|ignored|bench:)(?:,? .*)?$/
const RESULT =
  /^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured;.*?(?:finished in ([\d.]+s))?$/
const OUTPUT = /^---- (\S.*) stdout ----$/
const SUITE = /^ {3,}(?:Running|Doc-tests) (.+?)(?: \(.*\))?$/

export const cargoTest: FormatDefinition = {
  fingerprint: 'the text of `cargo test`: `running 2 tests`, `test name ... ok`, `test result: ok. 2 passed; …`',
  isOf: ({ text, json, xml, lines }) =>
    json === undefined && xml === undefined && lines.length === 0 && isCargoText(withoutColours(text)),
  parse: ({ text }) => parseCargoTest(withoutColours(text)),
}

function isCargoText(text: string): boolean {
  const lines = text.split('\n').map(line => line.slice(0, MAX_LINE_CHARS).trimEnd())
  return lines.some(line => BEGINS.test(line)) && lines.some(line => NAMED.test(line) || RESULT.test(line))
}

/** A suite that begins and says no result (a signal, `exit`) is a failure that no test tells. */
function parseCargoTest(text: string): Parsed {
  const tally = openTally()
  const failed: { readonly name: string; readonly suite: string | undefined }[] = []
  const outputs = new Map<string, string>()
  const counters = { passed: 0, failed: 0, skipped: 0 }
  let durationMs = 0
  let suite: string | undefined
  let open: string | undefined
  let outputOf: string | undefined
  let isRunning = false
  let broken = 0
  const key = (name: string) => `${suite}\0${name}`
  const add = (name: string, verdict: string) => {
    const outcome: Outcome = verdict === 'FAILED' ? 'failed' : verdict === 'ignored' ? 'skipped' : 'passed'
    if (outcome === 'failed') failed.push({ name, suite })
    else tally.add(name, outcome)
  }
  const breakOff = () => {
    if (!isRunning) return
    broken += 1
    const test_name = open ?? suite ?? 'a suite'
    tally.add(test_name, 'failed', [
      {
        test_name,
        suite_name: suite,
        error_message: 'the program of the tests ended without a result',
        outcome: 'failed',
      },
    ])
    isRunning = false
    open = undefined
  }
  for (const whole of text.split('\n')) {
    const line = whole.slice(0, MAX_LINE_CHARS).trimEnd()
    const named = NAMED.exec(line)
    const result = RESULT.exec(line)
    const output = OUTPUT.exec(line)
    if (BEGINS.test(line) || SUITE.test(line)) {
      breakOff()
      isRunning = BEGINS.test(line)
      suite = SUITE.exec(line)?.[1] ?? suite
      outputOf = undefined
    } else if (result !== null) {
      const [, passed, failures, ignored, measured, time] = result
      counters.passed += Number(passed) + Number(measured)
      counters.failed += Number(failures)
      counters.skipped += Number(ignored)
      durationMs += millisecondsOf(time)
      isRunning = false
      outputOf = undefined
    } else if (output !== null) outputOf = key(output[1]!)
    else if (line === 'failures:') outputOf = undefined
    else if (outputOf !== undefined) outputs.set(outputOf, `${outputs.get(outputOf) ?? ''}${whole}\n`)
    else if (named !== null) {
      const verdict = VERDICT.exec(named[2]!)?.[1]
      open = verdict === undefined ? named[1]! : undefined
      if (verdict !== undefined) add(named[1]!, verdict)
    } else if (open !== undefined && VERDICT.test(line)) {
      add(open, VERDICT.exec(line)![1]!)
      open = undefined
    }
  }
  breakOff()
  for (const { name, suite: of } of failed) {
    const told = rustError(outputs.get(`${of}\0${name}`) ?? '')
    tally.add(name, 'failed', [{ test_name: name, suite_name: of, ...told, outcome: 'failed' }])
  }
  const faults = broken > 0 ? [`has ${broken} ${broken === 1 ? 'suite' : 'suites'} without a result`] : []
  return tally.close({
    counters: broken > 0 ? {} : counters,
    durationMs,
    faults,
    isIncomplete: broken > 0,
  })
}
