import { errorOf, placeOf } from '../error-text.ts'
import { countOf, isObject, type JsonObject, objects, textOf } from '../json.ts'
import type { Parsed, TestFailure } from '../parsed.ts'
import { openTally } from '../tally.ts'
import type { FormatDefinition } from './source.ts'

export const cucumber: FormatDefinition = {
  fingerprint: 'a JSON array of features: each has `elements` and a `keyword` or a `uri`',
  isOf: ({ json }) =>
    Array.isArray(json) &&
    json.length > 0 &&
    objects(json).length === json.length &&
    objects(json).every(
      one =>
        (Array.isArray(one.elements) || one.elements === undefined) &&
        'uri' in one &&
        ('keyword' in one || 'name' in one),
    ),
  parse: ({ json }) => parseCucumber(objects(json)),
}

const FAILED = new Set(['failed', 'ambiguous'])
const SKIPPED = new Set(['skipped', 'pending', 'undefined'])

/**
 * Cucumber's JSON: a scenario is as good as its worst step. Steps without a definition or still to do keep a scenario
 * from passing; Cucumber fails such a run by default (`strict`), and so does this.
 */
function parseCucumber(features: readonly JsonObject[]): Parsed {
  const tally = openTally()
  let durationMs = 0
  for (const feature of features) {
    let background: JsonObject[] = []
    for (const element of objects(feature.elements)) {
      const steps = [...objects(element.before), ...objects(element.steps), ...objects(element.after)]
      durationMs += steps.reduce((sum, step) => sum + nanoseconds(step) / 1_000_000, 0)
      if (element.type === 'background') {
        background = steps
        continue
      }
      const all = [...background, ...steps]
      background = []
      const name = textOf(element.name) ?? 'a scenario'
      const statuses = all.map(step => statusOf(step))
      const bad = all.filter(step => FAILED.has(statusOf(step)))
      const open = all.filter(step => ['undefined', 'pending'].includes(statusOf(step)))
      const told = bad.length > 0 ? bad : open
      if (told.length > 0)
        tally.add(
          name,
          'failed',
          told.map(step => failureOf(feature, name, step)),
        )
      else tally.add(name, statuses.some(status => SKIPPED.has(status)) ? 'skipped' : 'passed')
    }
  }
  return tally.close({ durationMs })
}

function resultOf(step: JsonObject): JsonObject {
  return isObject(step.result) ? step.result : {}
}

function statusOf(step: JsonObject): string {
  return textOf(resultOf(step).status)?.toLowerCase() ?? 'undefined'
}

function nanoseconds(step: JsonObject): number {
  const { duration } = resultOf(step)
  return typeof duration === 'number' && duration > 0 ? duration : 0
}

function failureOf(feature: JsonObject, name: string, step: JsonObject): TestFailure {
  const file = textOf(feature.uri)
  const status = statusOf(step)
  const text = textOf(resultOf(step).error_message)
  const read = errorOf(text ?? `the step is ${status}: ${textOf(step.keyword) ?? ''}${textOf(step.name) ?? ''}`.trim())
  return {
    test_name: name,
    test_file: file,
    suite_name: textOf(feature.name),
    ...read,
    file_path: file,
    line_number: countOf(step.line),
    ...placeOf(read.error_stack),
    outcome: 'failed',
  }
}
