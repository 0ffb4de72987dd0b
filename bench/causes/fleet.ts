import path from 'node:path'
import { DROP_KINDS, type FleetTruth, runFleet } from '../../demo/index.ts'
import type { Read } from '../../store/reading.ts'
import { grouped, type Rig } from './rig.ts'
import type { Outcome } from './tell.ts'

export const FLEET_CONFIG = path.join(import.meta.dirname, 'fleet.yaml')
export const FLEET_KINDS = DROP_KINDS.length

/** The report is looked for so long. */
const REPORTED_WITHIN_MS = 60_000

/** Reports look back two minutes. */
const NEW_MS = 90_000

/** Where the machine was so busy that the run took long, the driver is heard of late, still in the five minutes. */
function recent<T extends { readonly timestamp: string }>(event: T): T {
  const isOld = Date.now() - Date.parse(event.timestamp) > NEW_MS
  return isOld ? { ...event, timestamp: new Date().toISOString() } : event
}

/** A hypothesis as it is stored. */
interface StoredHypothesis {
  readonly name: string
  readonly kind: string
  readonly confidence: number
  readonly dependency: string | null
  readonly instance: string | null
  readonly function: string | null
  readonly file: string | null
  readonly exception: string | null
  readonly release: string | null
  readonly commit: string | null
  readonly shared: readonly string[]
  readonly because: readonly string[]
}

/**
 * One kind of dropped session, end to end: the fleet's telemetry over OTLP, its commits from its repository, its events to
 * the webhook, and then the report that the event of high priority asked for, read from the tables.
 */
export async function fleetCase({ port, application, read }: Rig, folder: string, seed: number): Promise<Outcome> {
  const endpoint = `http://127.0.0.1:${port}`
  const { truth, events } = await runFleet({ seed, endpoint, repository: folder })
  // Live, minutes lie between the first failure and the event; what counts them has long done so.
  await grouped(read)
  await codeIsRead(read, truth)
  const answer = await fetch(`http://127.0.0.1:${application}/webhook/event`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events.map(recent)),
  })
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`)
  const { took, hypotheses } = await reportOf(read)
  const name = `${seed} ${truth.incident.kind}`
  return { name, answer: truth.incident.service, named: hypotheses, ms: took, wrong: wrongOf(truth, hypotheses[0]) }
}

async function reportOf(read: Read): Promise<{ took: number; hypotheses: readonly StoredHypothesis[] }> {
  const until = performance.now() + REPORTED_WITHIN_MS
  for (;;) {
    const [report] = await read(
      `SELECT r.id, r.took_ms FROM reports r JOIN report_triggers t ON t.report_id = r.id WHERE t.trigger_id LIKE 'debug/%'`,
      [],
    )
    if (report !== undefined) {
      const rows = await read('SELECT * FROM hypotheses WHERE report_id = $1 ORDER BY place', [report.id])
      // The table's columns, as they are.
      return { took: Number(report.took_ms), hypotheses: rows as unknown as StoredHypothesis[] }
    }
    if (performance.now() > until) return { took: REPORTED_WITHIN_MS, hypotheses: [] }
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

async function codeIsRead(read: Read, { incident }: FleetTruth): Promise<void> {
  for (;;) {
    const rows = await read('SELECT FROM code_changes WHERE commit = coalesce($1, commit) LIMIT 1', [
      incident.commit?.id ?? null,
    ])
    if (rows.length > 0) return
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

/** What of the first hypothesis is wrong: the commit is to be named where there is one, and none where there is none. */
function wrongOf({ incident }: FleetTruth, told: StoredHypothesis | undefined): string[] {
  const { causes, commit, deploy, at } = incident
  const isNamed = (found: string | null | undefined, wanted: string) => found != null && wanted.startsWith(found)
  const shares = [told?.dependency, told?.instance, ...(told?.shared ?? [])]
  const right: Readonly<Record<string, boolean>> = {
    service: told?.name === incident.service,
    kind: causes.includes(told?.kind ?? ''),
    commit: commit === null ? told?.commit == null : isNamed(told?.commit, commit.id),
    release: (told?.release ?? null) === (deploy?.version ?? null),
    function: commit === null || (told?.function ?? '').split('.').at(-1) === incident.function,
    file: commit === null || (told?.file ?? '').endsWith(incident.file),
    at: at === null || shares.some(one => one?.includes(at)),
  }
  return Object.keys(right).filter(name => !right[name])
}
