import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { DISTRACTORS } from './distractors.ts'

/** A question, and the record that answers it. */
const caseSchema = z.strictObject({
  ask: z.string(),
  service: z.string(),
  /** A line of a log, or … */
  log: z.string().optional(),
  /** … an exception: type, message, stack. */
  error: z.string().optional(),
  message: z.string().optional(),
  stack: z.string().optional(),
})
export type Case = z.output<typeof caseSchema> & { readonly half: Half }

/** `tuned`: weights and thresholds were chosen on it. `untouched`: nothing was. */
export type Half = 'tuned' | 'untouched'
export const HALVES: readonly Half[] = ['tuned', 'untouched']

export async function readCases(): Promise<Case[]> {
  const halves = await Promise.all(
    HALVES.map(async half => {
      const text = await readFile(new URL(`./cases/${half}.yaml`, import.meta.url), 'utf8')
      return z
        .array(caseSchema)
        .parse(parse(text))
        .map(one => ({ ...one, half }))
    }),
  )
  return halves.flat()
}

const string = (key: string, value: string) => ({ key, value: { stringValue: value } })

/** One OTLP request with the record of each case, told apart by `bench.case`, and lines that answer no question. */
export function requestOf(cases: readonly Case[]): object {
  const asked = cases.map(({ service, log, error, message = '', stack = '' }, at) => {
    const exception =
      error === undefined
        ? []
        : [
            string('exception.type', error),
            string('exception.message', message),
            string('exception.stacktrace', stack.replaceAll('\\t', '\t')),
          ]
    return record(service, log, [string('bench.case', String(at)), ...exception])
  })
  const others = DISTRACTORS.map((line, at) => record(`service-${at % 9}`, line, []))
  return { resourceLogs: [...asked, ...others] }
}

function record(service: string, line: string | undefined, attributes: readonly object[]) {
  const body = line === undefined ? {} : { body: { stringValue: line } }
  return {
    resource: { attributes: [string('service.name', service)] },
    scopeLogs: [{ logRecords: [{ severityNumber: 17, ...body, attributes }] }],
  }
}
