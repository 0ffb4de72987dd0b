import { isObject, objects, textOf } from '../json.ts'
import type { Outcome, Parsed, TestFailure } from '../parsed.ts'
import { millisecondsOf } from '../seconds.ts'
import { openTally } from '../tally.ts'
import type { FormatDefinition, Source } from './source.ts'

const LINE =
  /^(\/\/\S{1,400}|@\S{1,400}) +(?:\(cached\) +)?(PASSED|FLAKY|FAILED TO BUILD|FAILED|TIMEOUT|NO STATUS|INCOMPLETE|REMOTE FAILURE|SKIPPED)\b(.*)$/
const COUNTED = /^Executed (\d+) out of (\d+) tests?: /m

export const bazel: FormatDefinition = {
  fingerprint:
    'the build event protocol as lines of JSON (`id` with `testSummary`, `buildFinished`, `started` …), or the text of `bazel test`: `//target PASSED in 0.1s`, `Executed 2 out of 3 tests:`',
  isOf: source =>
    (source.lines.length > 0 &&
      source.lines.every(one => isObject(one.id)) &&
      source.lines.some(
        ({ id }) =>
          isObject(id) &&
          ['started', 'testSummary', 'testResult', 'buildFinished', 'targetConfigured'].some(key => key in id),
      )) ||
    (source.lines.length === 0 &&
      (COUNTED.test(source.text) || source.text.split('\n').some(line => LINE.test(line.slice(0, 1_000))))),
  parse: source => (source.lines.length > 0 ? parseEvents(source) : parseText(source.text)),
}

/** A target counts once, whatever its shards, runs and attempts. */
function parseEvents({ lines, tornLines }: Source): Parsed {
  const tally = openTally()
  let durationMs = 0
  let isFinished = false
  let exit: string | undefined
  const told = new Set<string>()
  for (const one of lines) {
    const id = isObject(one.id) ? one.id : {}
    const label = (value: unknown) => (isObject(value) ? textOf(value.label) : undefined) ?? 'a target'
    if (isObject(one.testSummary)) {
      const name = label(id.testSummary)
      told.add(name)
      durationMs +=
        millisecondsOf(textOf(one.testSummary.totalRunDuration)) ||
        Number(one.testSummary.totalRunDurationMillis ?? 0) ||
        0
      addTarget(
        tally,
        name,
        String(one.testSummary.overallStatus),
        objects(one.testSummary.failed)
          .map(({ uri }) => textOf(uri))
          .filter(uri => uri !== undefined)
          // Where it lies below the output's root, whose name differs from machine to machine.
          .map(uri => uri.replace(/^.*\/(?=testlogs\/)/, ''))
          .join('\n'),
      )
    }
    if (isObject(one.finished)) {
      isFinished = one.lastMessage === true || isObject(one.finished)
      exit = isObject(one.finished.exitCode) ? textOf(one.finished.exitCode.name) : undefined
    }
    if (isObject(one.aborted)) {
      const name = label(
        id.targetCompleted ?? id.configuredLabel ?? id.testSummary ?? id.targetConfigured ?? id.unconfiguredLabel,
      )
      const reason = textOf(one.aborted.reason) ?? 'aborted'
      if (!told.has(name) && reason !== 'SKIPPED' && reason !== 'NO_BUILD') {
        told.add(name)
        tally.add(name, 'failed', [failureOf(name, textOf(one.aborted.description) ?? reason)])
      }
    }
    if (isObject(one.completed) && one.completed.success !== true && isObject(id.targetCompleted)) {
      const name = label(id.targetCompleted)
      const detail = isObject(one.completed.failureDetail) ? textOf(one.completed.failureDetail.message) : undefined
      if (!told.has(name)) tally.add(name, 'failed', [failureOf(name, detail ?? 'the target did not build')])
      told.add(name)
    }
  }
  const hasFailed = tally.cases.some(({ outcome }) => outcome === 'failed')
  if (exit !== undefined && exit !== 'SUCCESS' && !hasFailed)
    tally.add('the build', 'failed', [failureOf('the build', `the build ended as ${exit}`)])
  const faults = [
    ...(isFinished ? [] : ['ends before the build did']),
    ...(tornLines.length > 0
      ? [`has ${tornLines.length} lines that are no JSON, the first is line ${tornLines[0]}`]
      : []),
  ]
  return tally.close({ durationMs, faults, isIncomplete: faults.length > 0 })
}

function parseText(text: string): Parsed {
  const tally = openTally()
  let durationMs = 0
  const seen = new Set<string>()
  for (const line of text.split(/\r?\n/)) {
    const match = LINE.exec(line.slice(0, 1_000))
    if (match === null || seen.has(match[1]!)) continue
    seen.add(match[1]!)
    durationMs += millisecondsOf(/ in ([\d.]+s)/.exec(match[3]!)?.[1])
    addTarget(tally, match[1]!, match[2]!, '')
  }
  if (
    /^(?:ERROR: |FAILED: )?Build did NOT complete successfully/m.test(text) &&
    !tally.cases.some(({ outcome }) => outcome === 'failed')
  ) {
    tally.add('the build', 'failed', [failureOf('the build', 'the build did not complete')])
  }
  const counted = COUNTED.exec(text)
  const failed = [...text.matchAll(/(\d+) fails? (?:locally|remotely|to build)/g)].reduce(
    (sum, one) => sum + Number(one[1]),
    0,
  )
  const counters = counted === null ? {} : { total: Number(counted[2]), failed }
  return tally.close({
    counters,
    durationMs,
    faults: counted === null ? ['has no line that says how many tests ran'] : [],
    isIncomplete: counted === null,
  })
}

function addTarget(tally: ReturnType<typeof openTally>, name: string, status: string, logs: string): void {
  const outcome: Outcome =
    status === 'PASSED' || status === 'FLAKY'
      ? 'passed'
      : /^(?:SKIPPED|NO[ _]STATUS)$/.test(status)
        ? 'skipped'
        : 'failed'
  const row = failureOf(name, [`${name} ended as ${status}`, logs].filter(Boolean).join('\n'))
  tally.add(
    name,
    outcome,
    outcome === 'failed' ? [row] : status === 'FLAKY' ? [{ ...row, attempt: 1, outcome: 'passed_on_retry' }] : [],
  )
}

function failureOf(test_name: string, error_message: string): TestFailure {
  return { test_name, error_message, outcome: 'failed' }
}
