import type { Tool } from '../tool.ts'
import { compareTestRuns } from './compare-test-runs.ts'
import { describeSchema } from './describe-schema.ts'
import { errorFingerprintSummary } from './error-fingerprint-summary.ts'
import { explainFailure } from './explain-failure.ts'
import { getFingerprintSamples } from './get-fingerprint-samples.ts'
import { getTimeline } from './get-timeline.ts'
import { listRecentErrors } from './list-recent-errors.ts'
import { nodeStatus } from './node-status.ts'
import { querySql } from './query-sql.ts'
import { searchErrors } from './search-errors.ts'
import { searchEvents } from './search-events.ts'
import { serviceHealth } from './service-health.ts'
import { traceRequest } from './trace-request.ts'
import { whatChanged } from './what-changed.ts'
import { whatTheyShare } from './what-they-share.ts'

/** In the order in which an agent that looks into an incident needs them. */
export const TOOLS: readonly Tool[] = [
  errorFingerprintSummary,
  getFingerprintSamples,
  explainFailure,
  whatTheyShare,
  whatChanged,
  getTimeline,
  traceRequest,
  serviceHealth,
  searchErrors,
  searchEvents,
  listRecentErrors,
  compareTestRuns,
  nodeStatus,
  querySql,
  describeSchema,
]
