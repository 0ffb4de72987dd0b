import type { Meter } from '@opentelemetry/api'
import type { Verdict } from './commit-group.ts'
import type { EncodedBatch } from './encode.ts'
import type { Lane, LaneState } from './lane.ts'

/** The exporter's metrics, named like the Collector's own. */
export interface Instruments {
  committed(batches: readonly EncodedBatch[], verdicts: readonly Verdict[], durationMs: number): void
  failed(code: string): void
}

const LANE_STATES: readonly LaneState[] = ['idle', 'busy', 'connecting', 'waiting']

export function createInstruments(
  meter: Meter,
  exporter: string,
  lanes: readonly Lane[],
  heldBytes: () => number,
): Instruments {
  const duration = meter.createHistogram('sensorium_exporter_commit_duration', {
    unit: 's',
    description: 'Time of one transaction, from its begin to the acknowledged commit.',
    advice: { explicitBucketBoundaries: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] },
  })
  const records = meter.createHistogram('sensorium_exporter_batch_records', {
    description: 'Records of one transaction, resent ones included.',
    advice: { explicitBucketBoundaries: [1, 10, 100, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000] },
  })
  const rows = meter.createCounter('sensorium_exporter_copy_rows', { description: 'Rows that COPY stored, by table.' })
  const unvouched = meter.createCounter('sensorium_exporter_unvouched_events', {
    description: 'Records named as an event whose table their receiver may not fill, stored as ordinary logs.',
  })
  const failures = meter.createCounter('sensorium_exporter_failed_commits', {
    description: 'Groups that have to be sent again, by SQLSTATE or system error.',
  })
  meter
    .createObservableGauge('sensorium_exporter_connections', { description: 'Connections to the database, by state.' })
    .addCallback(result => {
      for (const state of LANE_STATES) {
        result.observe(lanes.filter(lane => lane.state === state).length, { exporter, state })
      }
    })
  meter
    .createObservableGauge('sensorium_exporter_buffer_size', {
      unit: 'By',
      description: 'Memory that encoded rows take up until they are committed.',
    })
    .addCallback(result => result.observe(heldBytes(), { exporter }))
  return {
    committed(batches, verdicts, durationMs) {
      duration.record(durationMs / 1000, { exporter })
      records.record(
        batches.reduce((sum, batch) => sum + batch.items, 0),
        { exporter },
      )
      batches.forEach(({ parts, receiver, unvouched: strangers }, i) => {
        const verdict = verdicts[i]
        if (verdict?.outcome !== 'stored') return
        for (const [table, records] of strangers) unvouched.add(records, { exporter, receiver, table })
        for (const part of parts) {
          const refused = verdict.refusedByDatabase?.get(part.table.name) ?? 0
          rows.add(part.rows.rows - refused, { exporter, table: part.table.view ?? part.table.name })
        }
      })
    },
    failed(code) {
      failures.add(1, { exporter, code })
    },
  }
}
