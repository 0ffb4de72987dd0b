import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { Logger } from 'pino'
import { TOKENS_METRIC } from '../pipeline/agent/index.ts'
import { type Host, startHost } from '../pipeline/host.ts'
import { createReadiness } from '../pipeline/readiness.ts'
import { countedSince } from '../store/agent-tokens.ts'
import { holdsDatabase } from '../store/embedded/data-folder.ts'
import { startJobs } from '../store/jobs/index.ts'
import { kpiJob } from '../store/kpis/job.ts'
import { logDaysJob } from '../store/kpis/log-days.ts'
import { maintenanceJob } from '../store/maintenance/index.ts'
import { migrate } from '../store/migrate.ts'
import { openStore, type Store } from '../store/open.ts'
import { redJob } from '../store/red/job.ts'
import { serviceMapJob } from '../store/service-map/learn.ts'
import type { Configuration } from './configuration.ts'
import { endpoints } from './endpoints.ts'
import { jsonLogger, terminalLogger } from './logging.ts'
import { announce } from './running.ts'
import { stopSignal } from './stop-signal.ts'
import { banner } from './terminal/banner.ts'
import type { ProgressLine } from './terminal/progress-line.ts'
import { type StatusLine, startStatusLine } from './terminal/status-line.ts'
import { VERSION } from './version.ts'
import { watchSpace } from './watch-space.ts'

/** Without a terminal: JSON lines. */
export async function runWithLogs(configuration: Configuration): Promise<void> {
  const logger = jsonLogger(configuration.plan.service.telemetry.log_level)
  const running = await start(configuration, logger, what => logger.info(what))
  logger.info(
    {
      version: VERSION,
      ...endpoints(configuration.plan),
      database: running.store.target,
      footing: running.store.capabilities.footing,
    },
    'ready',
  )
  const reason = await stopSignal()
  logger.info({ reason }, 'stopping: answering what is under way, committing the rest')
  await running.stop()
  logger.info('stopped')
}

/** On a terminal: what it is waiting for, then the banner, then the books in one line. */
export async function runOnTerminal(configuration: Configuration, progress: ProgressLine): Promise<void> {
  let line: StatusLine | undefined
  const logger = terminalLogger(text => {
    if (line !== undefined) return line.print(text)
    progress.clear()
    console.error(text)
  })
  const running = await start(configuration, logger, progress.update, progress.update)
  progress.clear()
  const { grpcEndpoint, httpEndpoint, applicationEndpoint } = endpoints(configuration.plan)
  console.log(
    banner({
      version: VERSION,
      footing: running.store.capabilities.footing,
      grpcEndpoint,
      httpEndpoint,
      applicationEndpoint,
      hasConsole: [...configuration.plan.receivers.values()].some(({ definition }) => definition.type === 'console'),
      databaseUrl: shownUrl(running.store),
      onlyReads: running.store.guestUrl !== undefined,
      readyMs: process.uptime() * 1000,
    }),
  )
  line = startStatusLine(running.host.books.totals, process.stdout)
  await stopSignal()
  line.print('stopping: answering what is under way, committing the rest')
  await running.stop()
  line.stop()
}

interface Started {
  readonly host: Host
  readonly store: Store
  stop(): Promise<void>
}

/** Database, schema, host, jobs, in this order; stops what had started when a later one does not. */
async function start(
  configuration: Configuration,
  logger: Logger,
  onStep: (what: string) => void,
  onDetail: (what: string) => void = () => {},
): Promise<Started> {
  const { plan, database, kpis, maintenance } = configuration
  const readiness = createReadiness()
  onStep(openingText(database))
  const store = await openStore(database, logger)
  const stops: (() => Promise<void>)[] = [() => store.close()]
  const stop = async () => {
    // A server or a component that never lets go must not keep the process: what is not committed is sent again.
    const limitMs = plan.service.limits.shutdown_timeout_ms + LAST_RESORT_MS
    setTimeout(() => {
      logger.error(`still not stopped after ${limitMs / 1000} s: ending anyway`)
      process.exit(1)
    }, limitMs).unref()
    for (const end of stops.toReversed()) await end()
  }
  try {
    const applied = await migrate(store, {
      settings: maintenance,
      withoutConverting: true,
      onEvent: event => {
        if (event.kind === 'note') logger.warn(event.message)
        if (event.kind === 'waiting') onStep('waiting for another process that migrates the database')
        if (event.kind === 'applying') onDetail(`making tables: ${event.file}`)
      },
    })
    if (applied.length > 0) logger.info({ applied }, 'migrated the database')
    onStep('starting receivers, pipelines and exporters')
    stops.push(watchSpace(store, readiness, logger))
    const host = await startHost({
      plan,
      database: store,
      logger,
      version: VERSION,
      instanceId: randomUUID(),
      readiness,
      // Without an answer of the store this process counts for itself.
      agentTokens: since => countedSince(store, TOKENS_METRIC, since).catch(() => undefined),
    })
    stops.push(() => host.stop())
    const rollups = kpiJob({ apdexMs: kpis.apdex_ms, keptDays: maintenance.request_minutes_days })
    const logDays = logDaysJob(Math.min(maintenance.logs_days, maintenance.debug_logs_days))
    const jobs = [maintenanceJob(store, maintenance, logger), redJob(), rollups, logDays, serviceMapJob()]
    const working = startJobs({ database: store, logger, meter: host.meter, jobs })
    stops.push(() => working.stop())
    const forget = announce({
      pid: process.pid,
      database: store.target,
      data_dir: database.url === undefined ? path.resolve(database.data_dir) : null,
      otlp_http: endpoints(plan).httpEndpoint ?? null,
      http: endpoints(plan).applicationEndpoint,
    })
    stops.push(async () => forget())
    return { host, store, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function openingText({ url, data_dir: dataDir }: Configuration['database']): string {
  if (url !== undefined) return 'connecting to the database'
  return holdsDatabase(dataDir)
    ? `starting the database in ${path.resolve(dataDir)}`
    : `making a database in ${path.resolve(dataDir)}: the first start takes some seconds longer`
}

/** For closing connections and the embedded database, after the time for draining. */
const LAST_RESORT_MS = 15_000

/** The embedded database's guest reads within limits and can do no harm, so its URL is shown whole. */
function shownUrl(store: Store): string {
  return store.guestUrl ?? store.target
}
