import { Command } from 'commander'
import { configOption } from '../config-option.ts'
import { startProgressLine } from '../terminal/progress-line.ts'

export function startCommand(): Command {
  return new Command('start')
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
  DATABASE_READER_URL            the same database for whoever only reads: agents, Grafana, sensorium sql
  SENSORIUM_ALERTS               what is promised and what is unusual (alerts.yaml beside the configuration)
  SENSORIUM_SYSTEM_MAP           which services there are and whose (system-map.yaml beside it)
  SENSORIUM_AGENT_URL, _MODEL    a language model of yours that puts reports into sentences
  PULSE_INGEST_SECRET            signs application events: POST /ingest/PRODUCT
  SENSORIUM_CI_TOKEN             of CI reports: POST /ingest/ci; GITHUB_WEBHOOK_SECRET for GitHub's webhooks
  DEBUG_QUEUE_TOKEN              of debug events: POST /webhook/event
  SENSORIUM_LOKI_TOKEN           of what Loki's agents send: POST /loki/api/v1/push

Ctrl-C or SIGTERM drains, commits and stops the embedded database.`,
    )
    .action(async (options: { config: string; json?: true }) => {
      const isTerminal = process.stdout.isTTY === true && options.json !== true
      // All components' code takes a moment to load: whoever waits at a terminal is told first.
      const progress = isTerminal ? startProgressLine(process.stdout) : undefined
      progress?.update('loading')
      const { runOnTerminal, runWithLogs } = await import('../run.ts')
      const { readConfiguration } = await import('../configuration.ts')
      try {
        const configuration = await readConfiguration(options.config)
        await (progress === undefined ? runWithLogs(configuration) : runOnTerminal(configuration, progress))
      } finally {
        progress?.clear()
      }
    })
}
