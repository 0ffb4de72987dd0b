import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import type { Logger } from 'pino'
import type { Plan } from '../../pipeline/config/plan.ts'
import { type Host, startHost } from '../../pipeline/host.ts'
import { createReadiness } from '../../pipeline/readiness.ts'
import { startMaintenance } from '../../store/maintenance/index.ts'
import { migrate } from '../../store/migrate.ts'
import { openStore, type Store } from '../../store/open.ts'
import { type Configuration, configOption, readConfiguration } from '../configuration.ts'
import { jsonLogger, terminalLogger } from '../logging.ts'
import { stopSignal } from '../stop-signal.ts'
import { banner } from '../terminal/banner.ts'
import { type StatusLine, startStatusLine } from '../terminal/status-line.ts'
import { VERSION } from '../version.ts'
import { watchSpace } from '../watch-space.ts'

export function startCommand(): Command {
  return new Command('start')
    .description('run the receivers, the pipelines and, without DATABASE_URL, the embedded database')
    .addOption(configOption())
    .option('--json', 'write JSON logs even on a terminal')
    .addHelpText(
      'after',
      `
Environment of the default configuration:
  DATABASE_URL                   a Postgres or TimescaleDB instead of the embedded one
  SENSORIUM_DATA_DIR             folder of the embedded database (./data/postgres)
  SENSORIUM_DATABASE_PORT        its port on 127.0.0.1 (54329)
  SENSORIUM_OTLP_GRPC_ENDPOINT   127.0.0.1:4317
  SENSORIUM_OTLP_HTTP_ENDPOINT   127.0.0.1:4318
  SENSORIUM_HTTP_ENDPOINT        127.0.0.1:4320: /healthz, /readyz, /metrics, and the edge below
  PULSE_INGEST_SECRET            signs application events: POST /ingest/PRODUCT
  SENSORIUM_CI_TOKEN             of CI reports: POST /ingest/ci; GITHUB_WEBHOOK_SECRET for GitHub's webhooks
  DEBUG_QUEUE_TOKEN              of debug events: POST /webhook/event
  SENSORIUM_LOKI_TOKEN           of what Loki's agents send: POST /loki/api/v1/push

Ctrl-C or SIGTERM drains, commits and stops the embedded database.`,
    )
    .action(async (options: { config: string; json?: true }) => {
      const configuration = await readConfiguration(options.config)
      const isTerminal = process.stdout.isTTY === true && options.json !== true
      await (isTerminal ? runOnTerminal(configuration) : runWithLogs(configuration))
    })
}

async function runWithLogs(configuration: Configuration): Promise<void> {
  const logger = jsonLogger(configuration.plan.service.telemetry.log_level)
  const running = await start(configuration, logger)
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

async function runOnTerminal(configuration: Configuration): Promise<void> {
  let line: StatusLine | undefined
  const logger = terminalLogger(text => (line === undefined ? console.error(text) : line.print(text)))
  const running = await start(configuration, logger)
  const { grpcEndpoint, httpEndpoint, applicationEndpoint } = endpoints(configuration.plan)
  console.log(
    banner({
      version: VERSION,
      footing: running.store.capabilities.footing,
      grpcEndpoint,
      httpEndpoint,
      applicationEndpoint,
      databaseUrl: shownUrl(running.store),
      readyMs: process.uptime() * 1000,
    }),
  )
  line = startStatusLine(running.host.books.totals, process.stdout)
  await stopSignal()
  line.print('stopping: answering what is under way, committing the rest')
  await running.stop()
  line.stop()
}

interface Running {
  readonly host: Host
  readonly store: Store
  stop(): Promise<void>
}

/** Database, schema, maintenance, host, in this order; stops what had started when a later one does not. */
async function start(configuration: Configuration, logger: Logger): Promise<Running> {
  const { plan, database, maintenance } = configuration
  const readiness = createReadiness()
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
      onEvent: event => event.kind === 'note' && logger.warn(event.message),
    })
    if (applied.length > 0) logger.info({ applied }, 'migrated the database')
    stops.push(watchSpace(store, readiness, logger))
    const maintained = startMaintenance(store, maintenance, logger)
    stops.push(() => maintained.stop())
    const host = await startHost({
      plan,
      database: store,
      logger,
      version: VERSION,
      instanceId: randomUUID(),
      readiness,
    })
    stops.push(() => host.stop())
    return { host, store, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** For closing connections and the embedded database, after the time for draining. */
const LAST_RESORT_MS = 15_000

/** Where the first OTLP receiver and the application listen. */
export function endpoints(plan: Plan) {
  const otlp = [...plan.receivers.values()].find(receiver => receiver.definition.type === 'otlp')
  const protocols = otlp?.config.protocols as { grpc?: { endpoint: string }; http?: { endpoint: string } } | undefined // its schema says so
  return {
    grpcEndpoint: protocols?.grpc?.endpoint,
    httpEndpoint: protocols?.http?.endpoint,
    applicationEndpoint: plan.service.http.endpoint,
  }
}

/** The embedded database's guest reads within limits and can do no harm, so its URL is shown whole. */
function shownUrl(store: Store): string {
  return store.guestUrl ?? store.target
}
