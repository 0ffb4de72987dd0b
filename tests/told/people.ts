import type { TestContext } from 'node:test'
import type { Definition } from '../../pipeline/component.ts'
import type { FindingChange, LogRecord, Notification } from '../../pipeline/model/index.ts'
import { type FindingInput, findingRecord } from '../../pipeline/testing/findings.ts'
import { openOutbox, START } from './outbox.ts'
import { pipelineOf } from './pipeline.ts'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const ALL: readonly FindingChange[] = ['new', 'escalated', 'acknowledged', 'update', 'again', 'resolved']

export type Processors = readonly (readonly [Definition, object])[]

/** Real processors, the real store, and somebody who keeps what he is told. */
export async function openPeople(t: TestContext, processors: Processors, startMs = START) {
  const told: Notification[] = []
  const outbox = await openOutbox(
    {
      wants: new Set(ALL),
      recognisesRepeats: false,
      deliver: async notification => {
        told.push(notification)
        return { answer: 'taken' }
      },
    },
    'people',
    startMs,
  )
  t.after(() => outbox.close())
  const run = pipelineOf(processors, outbox.database)
  const iso = () => new Date(outbox.now()).toISOString()
  const send = async (...records: readonly LogRecord[]) => outbox.accept(...(await run(...records)))
  /** A record of this moment. */
  const record = (given: Omit<FindingInput, 'at'>) => findingRecord({ since: iso(), ...given, at: iso() })
  const find = (given: Omit<FindingInput, 'at'>) => send(record(given))
  return { told, outbox, send, find, record, iso, pass: outbox.pass }
}
