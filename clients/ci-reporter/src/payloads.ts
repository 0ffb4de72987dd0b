import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { RunEnvironment } from './environment.ts'
import type { LintFailure, Parsed, TestCounts, TestFailure } from './parsed.ts'

/** `POST /ingest/ci` takes 4 MiB; a quarter is left for escapes. */
const MAX_BODY_CHARS = 3 * 1024 * 1024
/** And as many rows. */
const MAX_ROWS = 5_000
const MAX_SOURCE_CHARS = 500

export interface BuildEvent {
  readonly event_type: string
  readonly status: string
  readonly [key: string]: unknown
}

export interface PayloadOptions {
  readonly timestamp: string
  /** Folders whose lines of code may leave the machine. */
  readonly sourceFolders: readonly string[]
  readonly buildEvents: readonly BuildEvent[]
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * The bodies of the requests that one run takes: the first has the run, the next ones name it. `undefined` counts
 * mean that no report had tests: the run is then one of lint or builds only, with no test.
 */
export function buildPayloads(
  parsed: readonly Parsed[],
  environment: RunEnvironment,
  folder: string,
  options: PayloadOptions,
): string[] {
  const counts = sumOf(parsed)
  const reference = { ...environment, timestamp: options.timestamp }
  const run = {
    ...reference,
    total_tests: counts.passed + counts.failed + counts.skipped,
    passed_tests: counts.passed,
    failed_tests: counts.failed,
    skipped_tests: counts.skipped,
    duration_ms: Math.min(Math.round(counts.durationMs), 2_147_483_647),
    metadata: options.metadata,
  }
  const relative = relativePaths(folder)
  const rows = [
    ...parsed.flatMap(({ failures }) => failures).map(row => ({ kind: 'test_failures' as const, row: relative(row) })),
    ...parsed
      .flatMap(({ lint }) => lint)
      .map(row => ({ kind: 'lint_failures' as const, row: withSource(relative(row), folder, options.sourceFolders) })),
    ...options.buildEvents.map(row => ({ kind: 'build_events' as const, row })),
  ]
  const hasRun = parsed.length > 0
  const head = (isFirst: boolean) => (isFirst && hasRun ? { run } : { run_reference: reference })
  const bodies: string[] = []
  for (const part of parts(rows)) bodies.push(JSON.stringify({ ...head(bodies.length === 0), ...grouped(part) }))
  return bodies.length === 0 && hasRun ? [JSON.stringify({ run })] : bodies
}

type Row =
  | { readonly kind: 'test_failures'; readonly row: TestFailure }
  | { readonly kind: 'lint_failures'; readonly row: LintFailure }
  | { readonly kind: 'build_events'; readonly row: BuildEvent }

function parts(rows: readonly Row[]): Row[][] {
  const result: Row[][] = []
  let chars = 0
  for (const row of rows) {
    const size = JSON.stringify(row.row).length
    const last = result.at(-1)
    if (last === undefined || chars + size > MAX_BODY_CHARS || last.length === MAX_ROWS) {
      result.push([row])
      chars = size
    } else {
      last.push(row)
      chars += size
    }
  }
  return result
}

function grouped(rows: readonly Row[]): Record<string, object[]> {
  const result: Record<string, object[]> = {}
  for (const { kind, row } of rows) {
    const same = result[kind]
    if (same === undefined) result[kind] = [row]
    else same.push(row)
  }
  return result
}

function sumOf(parsed: readonly Parsed[]): TestCounts {
  return parsed.reduce(
    (sum, { tests }) => ({
      passed: sum.passed + (tests?.passed ?? 0),
      failed: sum.failed + (tests?.failed ?? 0),
      skipped: sum.skipped + (tests?.skipped ?? 0),
      durationMs: sum.durationMs + (tests?.durationMs ?? 0),
    }),
    { passed: 0, failed: 0, skipped: 0, durationMs: 0 },
  )
}

/** Paths as the repository has them: the same on every machine. */
function relativePaths(folder: string) {
  const shorten = (file: string | undefined) => {
    if (file === undefined || !path.isAbsolute(file)) return file
    const relative = path.relative(folder, file)
    return relative.startsWith('..') ? file : relative.split(path.sep).join('/')
  }
  return <T extends { readonly file_path?: string | undefined; readonly test_file?: string | undefined }>(
    row: T,
  ): T => {
    const { file_path, test_file } = row
    return {
      ...row,
      ...(file_path === undefined ? {} : { file_path: shorten(file_path) }),
      ...(test_file === undefined ? {} : { test_file: shorten(test_file) }),
    }
  }
}

/** The line of code, where its folder is on the list: what is elsewhere may be none of ours to show. */
function withSource(row: LintFailure, folder: string, sourceFolders: readonly string[]): LintFailure {
  const { file_path: file, line_number: line } = row
  const isAllowed = sourceFolders.some(name => file.startsWith(`${name}/`) || file.includes(`/${name}/`))
  if (!isAllowed || line === undefined || path.isAbsolute(file) || file.split('/').includes('..')) return row
  try {
    const source = readFileSync(path.join(folder, file), 'utf8').split('\n')[line - 1]
    return source === undefined ? row : { ...row, source: source.slice(0, MAX_SOURCE_CHARS) }
  } catch {
    return row
  }
}
