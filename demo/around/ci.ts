import { MINUTE, type Nanos, SECOND, type Timeline } from '../clock.ts'
import { uuid } from '../ids.ts'
import type { Plan } from '../incident/plan.ts'
import type { Random } from '../random.ts'
import { type Release, SERVICE_NAMES, type ServiceName } from '../shop/release.ts'

const HOUR: Nanos = 60 * MINUTE
/** The week before, and what it brings: a commit about every seven hours. */
const COMMITS_BEFORE = 24
const BETWEEN_COMMITS: Nanos = 7 * HOUR

/** A commit on its way: what it changes, when CI has it. */
interface Commit {
  readonly service: ServiceName
  readonly sha: string
  readonly title: string
  readonly at: Nanos
  readonly course: Course
  /** It goes live by this pipeline; deploys of the shop's own hours are told of by the services. */
  readonly goesLive: boolean
}

/** How it goes with a commit: the usual ways, in the order of how often. */
type Course = 'green' | 'retried' | 'flaky' | 'elsewhere' | 'untidy' | 'staging fails'
const COURSES: readonly Course[] = [
  'green',
  'retried',
  'green',
  'elsewhere',
  'untidy',
  'flaky',
  'green',
  'staging fails',
]

/** A report of `POST /ingest/ci`. */
export type CiReport = Readonly<Record<string, unknown>>

/** What the shop's CI and its developers' machines reported in the week before, and of what was deployed in the run itself. */
export function ciReports(plan: Plan, timeline: Timeline, random: Random): readonly CiReport[] {
  return [...commitsBefore(plan, random), ...commitsOfDeploys(plan)].flatMap(commit =>
    reportsOf(commit, timeline, random.fork(`ci/${commit.sha}`)),
  )
}

function commitsBefore({ initial }: Plan, random: Random): Commit[] {
  return Array.from({ length: COMMITS_BEFORE }, (_, i): Commit => {
    const service = SERVICE_NAMES[i % SERVICE_NAMES.length]!
    const isLast = i < SERVICE_NAMES.length
    const release: Pick<Release, 'commit' | 'title'> = isLast
      ? initial[service]
      : { commit: random.hex(40), title: 'Tidy up' }
    return {
      service,
      sha: release.commit,
      title: release.title,
      at: -HOUR - i * BETWEEN_COMMITS - random.int(0, 90) * MINUTE,
      course: isLast ? 'green' : COURSES[i % COURSES.length]!,
      goesLive: isLast,
    }
  })
}

/** Built and tested some minutes before they came: all green, the culprit as well. */
function commitsOfDeploys({ deploys }: Plan): Commit[] {
  return deploys
    .filter(({ kind }) => kind === 'rollout')
    .map(({ at, release: { service, commit, title } }) => ({
      service,
      sha: commit,
      title,
      at: at - 9 * MINUTE,
      course: 'green',
      goesLive: false,
    }))
}

interface Failure {
  readonly test_name: string
  readonly test_file: string
  readonly error_type: string
  readonly error_message: string
  readonly outcome?: 'passed_on_retry'
}

const WAITS: Failure = {
  test_name: 'a reservation waits for the one before it',
  test_file: 'test/reservations.test.ts',
  error_type: 'TimeoutError',
  error_message: 'no answer within 5000 ms',
}
const MIDNIGHT: Failure = {
  test_name: 'the day of delivery is the customer’s',
  test_file: 'test/delivery-day.test.ts',
  error_type: 'AssertionError',
  error_message: "Expected values to be strictly equal: '2026-03-01' !== '2026-02-28'",
}
const UNUSED = [
  {
    rule: 'noUnusedImports',
    severity: 'warning',
    message: 'This import is unused.',
    file_path: 'src/routes.ts',
    line_number: 7,
    tool: 'biome',
  },
  {
    rule: 'noFloatingPromises',
    severity: 'error',
    message: 'This promise is not awaited.',
    file_path: 'src/queue.ts',
    line_number: 41,
    tool: 'oxlint',
  },
]

/** First where it was written, then in CI, where the builds and deploys are. */
function reportsOf(commit: Commit, timeline: Timeline, random: Random): CiReport[] {
  const { course, at } = commit
  const run = runsOf(commit, timeline, random)
  const local = run({ source: 'local', at: at - 11 * MINUTE, failures: [] })
  const events = (isGreen: boolean) => eventsOf(commit, isGreen, timeline, random)
  switch (course) {
    case 'retried':
      return [
        local,
        run({ source: 'ci', at, failures: [{ ...WAITS, outcome: 'passed_on_retry' }], rest: events(true) }),
      ]
    case 'flaky':
      return [
        local,
        run({ source: 'ci', at: at - 4 * MINUTE, failures: [WAITS], rest: events(false) }),
        run({ source: 'ci', at, attempt: 2, failures: [], rest: events(true) }),
      ]
    case 'elsewhere':
      return [local, run({ source: 'ci', at, failures: [MIDNIGHT], rest: events(false) })]
    case 'untidy':
      return [
        run({ source: 'local', at: at - 11 * MINUTE, failures: [], rest: { lint_failures: UNUSED } }),
        run({ source: 'ci', at, failures: [], rest: { lint_failures: UNUSED.slice(0, 1), ...events(true) } }),
      ]
    default:
      return [local, run({ source: 'ci', at, failures: [], rest: events(true) })]
  }
}

interface Run {
  readonly source: 'local' | 'ci'
  readonly at: Nanos
  readonly attempt?: number
  readonly failures: readonly Failure[]
  readonly rest?: Readonly<Record<string, unknown>>
}

const TESTS: Record<ServiceName, number> = {
  storefront: 214,
  checkout: 187,
  payment: 143,
  inventory: 96,
  shipping: 81,
  notification: 58,
}
const SKIPPED = 2
const MS_A_TEST = { local: 110, ci: 190 }

function runsOf({ service, sha }: Commit, timeline: Timeline, random: Random) {
  return ({ source, at, attempt = 1, failures, rest }: Run): CiReport => {
    const failed = failures.filter(({ outcome }) => outcome === undefined).length
    const total = TESTS[service]
    return {
      run: {
        run_id: uuid(random),
        repository: `shop/${service}`,
        branch: 'main',
        commit_sha: sha,
        source,
        attempt,
        timestamp: timeline.iso(at),
        node_version: source === 'ci' ? 'v24.12.0' : random.pick(['v24.12.0', 'v24.10.0']),
        package_manager: 'npm',
        lockfile_hash: sha.slice(0, 12),
        ...(source === 'ci' && { ci_provider: 'github-actions' }),
        total_tests: total,
        passed_tests: total - failed - SKIPPED,
        failed_tests: failed,
        skipped_tests: SKIPPED,
        duration_ms: Math.round(total * MS_A_TEST[source] * random.between(0.8, 1.3)),
        metadata: { coverage_percent: Math.round(10 * random.between(76, 88)) / 10 },
      },
      test_failures: failures,
      ...rest,
    }
  }
}

/** A build, and where it is green a deploy to staging or, for what the shop begins the run with, to production. */
function eventsOf(
  { service, title, at, course, goesLive }: Commit,
  isGreen: boolean,
  timeline: Timeline,
  random: Random,
) {
  const took: Nanos = random.int(70, 260) * SECOND
  const event = (type: string, ended: Nanos, length: Nanos, rest: object) => ({
    event_id: uuid(random),
    event_type: type,
    timestamp: timeline.iso(ended),
    started_at: timeline.iso(ended - length),
    completed_at: timeline.iso(ended),
    duration_ms: Math.round(length / 1e6),
    ci_provider: 'github-actions',
    metadata: { service, title },
    ...rest,
  })
  const build = event(
    'build_complete',
    at + took,
    took,
    isGreen ? { status: 'success' } : { status: 'failure', error_message: '1 test failed' },
  )
  if (!isGreen) return { build_events: [build] }
  const isRefused = course === 'staging fails'
  const deploy = event('deploy_complete', at + took + 50 * SECOND, 50 * SECOND, {
    environment: goesLive ? 'production' : 'staging',
    ...(isRefused
      ? { status: 'failure', error_message: `${service} was not ready within 40 s` }
      : { status: 'success' }),
  })
  return { build_events: [build, deploy] }
}
