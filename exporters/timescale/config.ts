import { z } from 'zod'
import { eventTables } from './events/config.ts'

/** Ids of machines and of the telemetry itself name nothing that a person asks about; the table entity_rule begins with these. */
const ENTITIES = ['*.id', '*_id'].concat(
  'service k8s container host process cloud os telemetry messaging rpc vcs cicd deployment thread faas'
    .split(' ')
    .map(of => `!${of}.*`),
)

export const timescaleConfig = z.strictObject({
  connections: z
    .int()
    .min(1)
    .max(16)
    .default(2)
    .describe('Connections to the database. The second and later ones work only when the first cannot keep up.'),
  flush_interval_ms: z
    .int()
    .min(0)
    .max(10_000)
    .default(20)
    .describe('While a group is being committed, how long the next one may gather before another connection takes it.'),
  max_group_bytes: z
    .int()
    .min(64 * 1024)
    .max(256 * 1024 * 1024)
    .default(8 * 1024 * 1024)
    .describe('Encoded bytes of one transaction. A larger request is a transaction of its own.'),
  commit_timeout_ms: z
    .int()
    .min(1_000)
    .max(600_000)
    .default(30_000)
    .describe(
      'How long one statement of a commit may take, and twice how long it may wait for a lock. Then the sender is asked to send again.',
    ),
  entities: z
    .array(z.string().min(1).max(255))
    .default(ENTITIES)
    .describe(
      'Attributes of logs and spans whose values name a thing, such as an order or a tenant: what names it is found by `explain_failure` and `get_timeline`, and counted where a problem hits them. `*` stands for anything; `!` before a pattern takes out again what it fits.',
    ),
  operations_per_service_max: z
    .int()
    .min(1)
    .max(10_000)
    .default(300)
    .describe(
      'Names of operations of a service, and of what it calls, that requests are counted by; those that come later are counted together as `(other)`. Ids in names are masked before.',
    ),
  event_tables: eventTables,
})
export type TimescaleConfig = z.output<typeof timescaleConfig>
