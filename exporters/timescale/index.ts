import { type Context, define } from '../../pipeline/component.ts'
import { SIGNALS } from '../../pipeline/model/index.ts'
import { timescaleConfig } from './config.ts'
import { createExporter } from './exporter.ts'

export const timescale = define({
  kind: 'exporter',
  type: 'timescale',
  summary: 'Stores telemetry in the Postgres or TimescaleDB of `service.database`, each request exactly once.',
  signals: SIGNALS,
  delivery: 'durable',
  config: timescaleConfig,
  examples: [
    {},
    { connections: 4, flush_interval_ms: 50, max_group_bytes: 16 * 1024 * 1024, commit_timeout_ms: 60_000 },
  ],
  create: (config, _next, context: Context) => createExporter(config, context),
})
