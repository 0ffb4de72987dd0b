import { type Read, textOrNone, timeOf } from '../reading.ts'
import type { Trigger } from './triggers.ts'

export interface TimelineEntry {
  readonly at: number
  readonly text: string
}

const EVENTS_READ = 200
const EVENTS_TOLD = 30
const TEXT_CHARS_MAX = 200

/**
 * What happened before it: the records that name the correlation id of a debug event, across services and tables, else
 * the changes of the window. With the problem of the first failure among them.
 */
export async function readTimeline(
  read: Read,
  { correlationId }: Pick<Trigger, 'correlationId'>,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<{ readonly timeline: readonly TimelineEntry[]; readonly fingerprint: string | undefined }> {
  if (correlationId === undefined) return { timeline: await changesOf(read, from, to), fingerprint: undefined }
  const rows = await read(
    `SELECT * FROM id_timeline($1, $2, $3, NULL, false, ${EVENTS_READ}) ORDER BY timestamp LIMIT ${EVENTS_READ}`,
    [correlationId, from, to],
  )
  const isTrouble = (row: (typeof rows)[number]) => /^(?:error|fatal|critical)$/.test(String(row.level))
  const failed = rows.find(
    row => isTrouble(row) && textOrNone(row.fingerprint) !== undefined && !String(row.name).startsWith('debug.'),
  )
  const trouble = rows.filter(isTrouble)
  const told =
    rows.length <= EVENTS_TOLD ? rows : [...rows.slice(0, EVENTS_TOLD / 2), ...trouble.slice(0, EVENTS_TOLD / 2)]
  const timeline = told.map(row => {
    const words = [row.service, row.name, row.message].map(textOrNone).filter(Boolean).join(' ')
    return { at: timeOf(row.timestamp), text: `${row.what} ${words}`.slice(0, TEXT_CHARS_MAX) }
  })
  return { timeline, fingerprint: textOrNone(failed?.fingerprint) }
}

async function changesOf(read: Read, from: Date, to: Date): Promise<TimelineEntry[]> {
  const rows = await read(
    `SELECT timestamp, concat_ws(' ', what, service, release, commit, title) AS text FROM deploy_events
     WHERE timestamp > $1 AND timestamp <= $2 ORDER BY timestamp LIMIT ${EVENTS_TOLD}`,
    [from, to],
  )
  return rows.map(row => ({ at: timeOf(row.timestamp), text: String(row.text).slice(0, TEXT_CHARS_MAX) }))
}
