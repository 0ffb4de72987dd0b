import { createNoopMeter } from '@opentelemetry/api'
import { Hono } from 'hono'
import { pino } from 'pino'
import { Admission } from '../admission.ts'
import type { Context, Database } from '../component.ts'
import { SIGNALS } from '../model/index.ts'
import { createReadiness } from '../readiness.ts'
import { recordingCounts } from './batches.ts'

/** What the host lends a component, for a component alone: real parts, and counts that a test can read. */
export function testContext(id: string, overrides: Partial<Context> = {}) {
  const counts = recordingCounts()
  const database: Database = {
    connection: () => {
      throw new Error('this test has no database')
    },
  }
  return {
    id,
    signals: SIGNALS,
    logger: pino({ level: 'silent' }),
    meter: createNoopMeter(),
    database,
    admission: new Admission(64 * 1024 * 1024),
    readiness: createReadiness(),
    http: new Hono(),
    allowed: { hosts: [], origins: [] },
    isHttpLocal: true,
    ...overrides,
    counts,
  }
}
