import type { z } from 'zod'
import type { eventTables } from './config.ts'

type EventTables = NonNullable<z.input<typeof eventTables>>

/** Whether the sender put a name to it, or an OpenTelemetry SDK did. */
const ERROR = {
  error_type: 'attributes.exception.type',
  error_message: 'attributes.exception.message',
  error_stack: 'attributes.exception.stacktrace',
} as const

const CI = {
  run_id: 'attributes.ci.run_id',
  repository: 'service',
  branch: 'attributes.vcs.ref.head.name',
  commit_sha: 'attributes.vcs.ref.head.revision',
} as const

/**
 * The tables of migration 0005 and the events that fill them, in the words of the configuration. What a receiver has
 * checked (a signature, a key, a token) is worth something only where nobody else can name an event so.
 */
export const BUILT_IN_TABLES: EventTables = {
  buddy_observer_events: {
    events: ['observer.*'],
    receivers: ['observer'],
    columns: {
      created_at: 'time',
      product: 'service',
      env: 'environment',
      release: 'release',
      severity: 'severity',
      type: ['attributes.observer.type', 'event_name'],
      deal_id: 'attributes.deal_id',
      stage: 'attributes.stage',
      message: 'message',
      client_fingerprint: 'attributes.observer.fingerprint',
      context: 'attributes.context',
      error: 'attributes.error',
      ...ERROR,
      trace_id: ['trace_id', 'attributes.observer.trace_id'],
      request_id: 'attributes.request_id',
      user_id: ['attributes.user.id', 'attributes.user_id'],
    },
  },
  node_telemetry: {
    events: ['node.crash_report', 'node.connection_degraded', 'node.error', 'node.health'],
    receivers: ['node'],
    columns: {
      created_at: 'time',
      node_id: 'attributes.node.id',
      user_id: 'attributes.user.id',
      type: 'attributes.node.telemetry.type',
      payload: 'attributes.node.payload',
      node_version: 'release',
      severity: 'attributes.node.severity',
      message: 'message',
      ...ERROR,
    },
  },
  test_runs: {
    events: ['ci.test_run'],
    receivers: ['ci'],
    columns: {
      ...CI,
      source: 'attributes.ci.source',
      attempt: 'attributes.ci.attempt',
      node_version: 'attributes.ci.node_version',
      package_manager: 'attributes.ci.package_manager',
      pnpm_version: 'attributes.ci.pnpm_version',
      lockfile_hash: 'attributes.ci.lockfile_hash',
      ci_provider: 'attributes.ci.provider',
      total_tests: 'attributes.ci.tests.total',
      passed_tests: 'attributes.ci.tests.passed',
      failed_tests: 'attributes.ci.tests.failed',
      skipped_tests: 'attributes.ci.tests.skipped',
      duration_ms: 'attributes.ci.duration_ms',
      outcome: 'attributes.ci.outcome',
      metadata: 'attributes.ci.metadata',
    },
  },
  test_failures: {
    events: ['ci.test_failure'],
    receivers: ['ci'],
    columns: {
      ...CI,
      test_name: 'attributes.test.case.name',
      test_file: 'attributes.test.file',
      suite_name: 'attributes.test.suite.name',
      outcome: 'attributes.test.outcome',
      attempt: 'attributes.ci.attempt',
      error_type: 'attributes.exception.type',
      error_message: ['attributes.exception.message', 'message'],
      error_stack: 'attributes.exception.stacktrace',
      file_path: 'attributes.code.file.path',
      line_number: 'attributes.code.line.number',
    },
  },
  lint_failures: {
    events: ['ci.lint_failure'],
    receivers: ['ci'],
    columns: {
      ...CI,
      tool: 'attributes.lint.tool',
      rule: 'attributes.lint.rule',
      severity: 'attributes.lint.severity',
      message: 'message',
      file_path: 'attributes.code.file.path',
      line_number: 'attributes.code.line.number',
      column_number: 'attributes.code.column.number',
      source: 'attributes.lint.source',
    },
  },
  mcp_calls: {
    events: ['mcp.call'],
    receivers: ['mcp'],
    columns: {
      principal: 'attributes.mcp.principal',
      tool: 'attributes.mcp.tool',
      arguments: 'attributes.mcp.arguments',
      outcome: 'attributes.mcp.outcome',
      rows: 'attributes.mcp.rows',
      tokens: 'attributes.mcp.tokens',
      duration_ms: 'attributes.mcp.duration_ms',
      error_message: 'attributes.mcp.error',
    },
  },
  build_events: {
    events: ['ci.build_event'],
    receivers: ['ci'],
    columns: {
      event_id: 'attributes.ci.event_id',
      repository: 'service',
      branch: 'attributes.vcs.ref.head.name',
      commit_sha: 'attributes.vcs.ref.head.revision',
      event_type: 'attributes.ci.event_type',
      status: 'attributes.ci.status',
      started_at: 'attributes.ci.started_at',
      completed_at: 'attributes.ci.completed_at',
      duration_ms: 'attributes.ci.duration_ms',
      ci_provider: 'attributes.ci.provider',
      artifacts: 'attributes.ci.artifacts',
      metadata: 'attributes.ci.metadata',
      error_message: 'attributes.exception.message',
    },
  },
}
