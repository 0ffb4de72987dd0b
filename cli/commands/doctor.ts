import { connect } from 'node:net'
import { Command } from 'commander'
import type { Plan } from '../../pipeline/config/plan.ts'
import { hostAndPort } from '../../pipeline/config/schema.ts'
import { errorText } from '../../pipeline/errors.ts'
import type { Capabilities } from '../../store/capabilities.ts'
import { plannedMigrations } from '../../store/migrate.ts'
import { databaseNotes } from '../../store/notes.ts'
import { openStore, type Store } from '../../store/open.ts'
import { unboundedReader } from '../../store/reader-limits.ts'
import { configOption } from '../config-option.ts'
import type { Configuration } from '../configuration.ts'
import { found } from '../database.ts'
import { silentLogger } from '../logging.ts'
import { runningHere } from '../running.ts'
import { printJson } from '../terminal/guard.ts'
import { VERSION } from '../version.ts'

type Verdict = 'ok' | 'note' | 'fault'
type Report = (verdict: Verdict, what: string, detail: string) => void

const CONNECT_TIMEOUT_MS = 2_000

export function doctorCommand(): Command {
  return new Command('doctor')
    .addOption(configOption())
    .option('--json', 'print {"ok", "checks": [{"verdict", "what", "detail"}]}')
    .addHelpText(
      'after',
      '\nok: as it should be. note: works, with something to know. fault: mend it; the exit code is 1.',
    )
    .action(async (options: { config: string; json?: true }) => {
      const checks: { readonly verdict: Verdict; readonly what: string; readonly detail: string }[] = []
      const marks = { ok: '✓', note: '·', fault: '✗' }
      const report: Report = (verdict, what, detail) => {
        if (verdict === 'fault') process.exitCode = 1
        checks.push({ verdict, what, detail })
        if (options.json) return
        console.log(
          `${marks[verdict]} ${verdict.padEnd(5)} ${what.padEnd(14)} ${detail.replaceAll('\n', `\n${' '.repeat(23)}`)}`,
        )
      }
      report('ok', 'versions', `sensorium ${VERSION}, Node ${process.versions.node}`)
      const configuration = await checkConfiguration(options.config, report)
      if (configuration !== undefined) {
        await checkListeners(configuration.plan, report)
        await checkDatabase(configuration, report)
      }
      if (options.json) printJson({ ok: checks.every(({ verdict }) => verdict !== 'fault'), checks }, 2)
    })
}

async function checkConfiguration(file: string, report: Report): Promise<Configuration | undefined> {
  try {
    // All components' code: what is known already is told before it is loaded.
    const { readConfiguration } = await import('../configuration.ts')
    const configuration = await readConfiguration(file)
    report('ok', 'configuration', file)
    for (const id of unused(configuration.plan))
      report('note', 'configuration', `${id} is in no pipeline, so it does not run`)
    return configuration
  } catch (error) {
    report('fault', 'configuration', errorText(error))
    return undefined
  }
}

function unused(plan: Plan): string[] {
  return (['receivers', 'processors', 'exporters'] as const).flatMap(kind =>
    [...plan[kind].keys()]
      .filter(id => !plan.pipelines.some(pipeline => pipeline[kind].includes(id)))
      .map(id => `${kind}.${id}`),
  )
}

/** A port that answers is a running Sensorium, or something else in its place: the application's health tells which. */
async function checkListeners(plan: Plan, report: Report): Promise<void> {
  const { endpoint } = plan.service.http
  const { host, port } = hostAndPort(endpoint)
  if (!(await answers(host, port))) {
    const elsewhere = runningHere().map(({ pid, data_dir, database }) => `pid ${pid} with ${data_dir ?? database}`)
    const what = elsewhere.length === 0 ? 'Sensorium does not run here (sensorium start)' : elsewhere.join(', ')
    report('note', 'process', `nothing listens on ${endpoint}: ${what}`)
    return
  }
  try {
    const response = await fetch(`http://${endpoint}/readyz`, { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) })
    const text = await response.text()
    if (response.ok) report('ok', 'process', `ready on http://${endpoint}`)
    else report('fault', 'process', `http://${endpoint}/readyz answers ${response.status}: ${text}`)
  } catch (error) {
    report(
      'fault',
      'process',
      `${endpoint} is open, but /readyz does not answer (${errorText(error)}): is it another program?`,
    )
  }
  for (const [id, { config, definition }] of plan.receivers) {
    if (definition.type !== 'otlp') continue
    const protocols = config.protocols as Record<string, { endpoint: string } | undefined> // its schema says so
    for (const [name, settings] of Object.entries(protocols)) {
      if (settings === undefined) continue
      const at = hostAndPort(settings.endpoint)
      const isOpen = await answers(at.host === '0.0.0.0' ? '127.0.0.1' : at.host, at.port)
      const key = `receivers.${id}.protocols.${name}`
      if (isOpen) report('ok', `otlp ${name}`, `${settings.endpoint} answers`)
      else report('fault', `otlp ${name}`, `${settings.endpoint} does not answer (${key}.endpoint)`)
    }
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS })
    const done = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
    socket.once('timeout', () => done(false))
  })
}

async function checkDatabase({ plan, database }: Configuration, report: Report): Promise<void> {
  let store: Store
  try {
    store = await openStore(found(database), silentLogger(), { attach: true })
  } catch (error) {
    report('fault', 'database', errorText(error))
    return
  }
  try {
    const { capabilities } = store
    report('ok', 'database', `${store.target}, Postgres ${capabilities.serverVersion}, footing ${capabilities.footing}`)
    reportCapabilities(capabilities, report)
    for (const note of databaseNotes(store, database)) report('note', 'database', note)
    for (const note of await unboundedReader(store, capabilities.footing === 'embedded'))
      report('note', 'readers', note)
    const planned = await plannedMigrations(store)
    if (planned.length === 0) {
      report('ok', 'schema', 'up to date')
      const { checkSearch } = await import('./doctor-search.ts')
      await checkSearch(plan, store, report)
      const { checkJobs } = await import('./doctor-jobs.ts')
      await checkJobs(store, report)
    } else report('note', 'schema', `sensorium migrate would run: ${planned.join(', ')}`)
  } catch (error) {
    report('fault', 'schema', errorText(error))
  } finally {
    await store.close()
  }
}

function reportCapabilities(capabilities: Capabilities, report: Report): void {
  const { timescaledb, vector, trigram } = capabilities
  if (timescaledb.installed !== undefined) {
    const licence = timescaledb.license
    const what = licence === 'timescale' ? 'compression and retention policies' : 'retention by our own maintenance'
    report('ok', 'timescaledb', `${timescaledb.installed}, licence ${licence}: hypertables, ${what}`)
  }
  if (vector.installed !== undefined) report('ok', 'pgvector', vector.installed)
  if (trigram.installed !== undefined) report('ok', 'pg_trgm', trigram.installed)
}
