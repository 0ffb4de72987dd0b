import { createNoopMeter } from '@opentelemetry/api'
import { Hono } from 'hono'
import type { Logger } from 'pino'
import { Admission } from '../pipeline/admission.ts'
import type { Context, Database, RecordCounts } from '../pipeline/component.ts'
import { SIGNALS } from '../pipeline/model/index.ts'
import { createReadiness } from '../pipeline/readiness.ts'

const ADMISSION_BYTES = 1024 * 1024

const COUNTS: RecordCounts = {
  accepted: () => {},
  refused: () => {},
  stored: () => {},
  deduplicated: () => {},
  dropped: () => {},
}

/** What the host would lend a component, for one that a command runs by itself: nobody reads its metrics. */
export function loneContext(id: string, database: Database, logger: Logger): Context {
  return {
    id,
    signals: SIGNALS,
    logger,
    meter: createNoopMeter(),
    counts: COUNTS,
    database,
    admission: new Admission(ADMISSION_BYTES),
    readiness: createReadiness(),
    http: new Hono(),
    allowed: { hosts: [], origins: [] },
    isHttpLocal: true,
  }
}
