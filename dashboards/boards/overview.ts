import { board } from '../board.ts'
import { BAD, ERROR_STEPS, WATCH } from '../colours.ts'
import { to, toErrors, toService } from '../links.ts'
import { figure } from '../panels/figure.ts'
import { heat } from '../panels/heat.ts'
import { lines } from '../panels/lines.ts'
import { rows } from '../panels/rows.ts'
import { changes } from '../query/deploys.ts'
import { series, table } from '../query/postgres.ts'
import { FROM, ofEnvironment, UNTIL } from '../query/range.ts'
import { SECONDS_OF_POINT, SECONDS_OF_RANGE, withRequests } from '../query/requests.ts'
import { environment } from '../variables.ts'

const COUNTS = withRequests({ counts: 'service' })
const ALL_REQUESTS = withRequests({})

const openIncidents = figure({
  title: 'Open incidents',
  description:
    'Incidents that are not resolved at the end of the time shown. 0 is normal; below they are named with their suspected origin.',
  unit: 'short',
  width: 4,
  steps: [{ from: 1, colour: BAD }],
  queries: [
    table(`SELECT count(*) AS "open" FROM incidents
      WHERE opened_at <= ${UNTIL} AND coalesce(resolved_at, 'infinity') > ${UNTIL} AND ${ofEnvironment()}`),
  ],
})

const failingServices = figure({
  title: 'Failing services',
  description: 'Services of whose requests 5 % or more failed in the last ten minutes of the time shown.',
  unit: 'short',
  width: 4,
  steps: [{ from: 1, colour: BAD }],
  queries: [
    table(`SELECT count(*) AS "failing" FROM (
        SELECT FROM request_minutes
        WHERE is_request AND minute > ${UNTIL} - interval '10 minutes' AND minute <= ${UNTIL} AND ${ofEnvironment()}
        GROUP BY service HAVING sum(errors) >= 0.05 * sum(requests)) s`),
  ],
})

const errorRate = figure({
  title: 'Failed requests',
  description: 'Share of all requests of the time shown that failed. Below 1 % is usual.',
  unit: 'percent',
  decimals: 2,
  width: 4,
  steps: ERROR_STEPS,
  queries: [table(`${ALL_REQUESTS} SELECT 100.0 * sum(errors) / nullif(sum(requests), 0) AS "failed" FROM requests`)],
})

const rate = figure({
  title: 'Requests',
  description: 'Requests a second over the time shown. Far fewer than usual is trouble, too: look at who calls.',
  unit: 'reqps',
  width: 4,
  queries: [table(`${ALL_REQUESTS} SELECT sum(requests) / ${SECONDS_OF_RANGE} AS "requests" FROM requests`)],
})

const newProblems = figure({
  title: 'New problems',
  description: 'Errors that were seen for the first time in the time shown, or came back after they were resolved.',
  unit: 'short',
  width: 4,
  steps: [{ from: 1, colour: WATCH }],
  links: [to('errors', 'All problems')],
  queries: [
    table(`SELECT count(DISTINCT m.fingerprint) AS "new" FROM fingerprint_minutes m JOIN fingerprints f USING (fingerprint)
      WHERE $__timeFilter(minute) AND (f.first_seen >= ${FROM} OR f.status = 'regressed') AND (f.kind = 'error' OR f.severity_number >= 17) AND ${ofEnvironment()}`),
  ],
})

const lastChange = figure({
  title: 'Last change',
  description: 'The newest release, deploy or change of configuration in the time shown: the first suspect.',
  unit: 'string',
  width: 4,
  words: true,
  nothing: 'nothing changed',
  links: [to('deploys', 'All changes')],
  queries: [
    table(`SELECT concat_ws(' ', service, coalesce(release, what), to_char(at AT TIME ZONE 'UTC', 'HH24:MI')) || ' UTC' AS "change"
      FROM (${changes()}) c ORDER BY at DESC LIMIT 1`),
  ],
})

const incidents = rows({
  title: 'Incidents',
  description:
    'What is broken, where it seems to come from, since when. Empty is good. Numbers hit are distinct customers, deals or requests among the failures.',
  unit: 'short',
  width: 24,
  height: 6,
  nothing: 'no incidents in this time',
  fields: {
    began: { unit: 'dateTimeFromNow' },
    service: { links: [toService()] },
    problem: { links: [to('errors', 'The problem', { service: 'service' })] },
  },
  queries: [
    table(`SELECT state, severity, title, service, operation, fingerprint AS problem, began_at AS began, resolved_at AS resolved,
        entities_hit AS hit, owner, acknowledged_by AS "acknowledged by"
      FROM incidents
      WHERE opened_at <= ${UNTIL} AND coalesce(resolved_at, 'infinity') >= ${FROM} AND ${ofEnvironment()}
      ORDER BY resolved_at IS NULL DESC, began_at DESC LIMIT 50`),
  ],
})

const heatMap = heat({
  title: 'Failed requests by service',
  description:
    'Each line is a service, each cell a share of failed requests: dark is bad. Where dark begins tells who was first.',
  unit: 'percent',
  width: 24,
  height: 9,
  links: [to('service', 'What this service does', { service: 'series' })],
  queries: [
    series(`${COUNTS}
      SELECT $__timeGroupAlias(at, $__interval), service AS metric, 100.0 * sum(errors) / nullif(sum(requests), 0) AS value
      FROM requests GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

const services = rows({
  title: 'Services',
  description: 'Requests, failures and durations of the time shown, the worst first.',
  unit: 'short',
  width: 12,
  height: 10,
  fields: {
    service: { links: [toService(), toErrors()] },
    'a second': { unit: 'reqps' },
    failed: { unit: 'percent', decimals: 2, steps: ERROR_STEPS },
    p50: { unit: 'ms', decimals: 0 },
    p95: { unit: 'ms', decimals: 0 },
  },
  queries: [
    table(`${ALL_REQUESTS}
      SELECT service, sum(requests) / ${SECONDS_OF_RANGE} AS "a second", 100.0 * sum(errors) / nullif(sum(requests), 0) AS failed,
        sketch_quantile(sketch_sum(sketch), 0.5) AS p50, sketch_quantile(sketch_sum(sketch), 0.95) AS p95
      FROM requests GROUP BY 1 ORDER BY 3 DESC NULLS LAST, 2 DESC LIMIT 100`),
  ],
})

const problems = rows({
  title: 'Top problems',
  description:
    'Errors by how often they were seen in the time shown. New: first seen in it. Regressed: back after somebody had resolved it.',
  unit: 'short',
  width: 12,
  height: 10,
  fields: {
    problem: { links: [to('errors', 'Errors and log patterns', { service: 'service' })] },
    'first seen': { unit: 'dateTimeFromNow' },
  },
  queries: [
    table(`SELECT CASE WHEN f.first_seen >= ${FROM} THEN 'new' WHEN f.status = 'regressed' THEN 'regressed' ELSE f.status END AS flag,
        f.template AS problem, m.service, m.records, f.first_seen AS "first seen"
      FROM (SELECT fingerprint, min(service) AS service, sum(records) AS records FROM fingerprint_minutes
        WHERE $__timeFilter(minute) AND ${ofEnvironment()} GROUP BY 1) m
      JOIN fingerprints f USING (fingerprint) WHERE f.kind = 'error' OR f.severity_number >= 17
      ORDER BY (f.first_seen >= ${FROM} OR f.status = 'regressed') DESC, m.records DESC LIMIT 30`),
  ],
})

const rates = lines({
  title: 'Requests by service',
  description: 'Requests a second. A line that ends is a service that is no longer asked, or no longer answers.',
  unit: 'reqps',
  width: 12,
  links: [to('service', 'What this service does', { service: 'series' })],
  queries: [
    series(`${COUNTS}
      SELECT $__timeGroupAlias(at, $__interval), service AS metric, sum(requests) / ${SECONDS_OF_POINT} AS value
      FROM requests GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

const changeTable = rows({
  title: 'Releases and changes',
  description: 'What was released, deployed or configured in the time shown, the newest first.',
  unit: 'short',
  width: 12,
  nothing: 'nothing changed in this time',
  fields: { service: { links: [toService()] } },
  queries: [
    table(`SELECT at AS time, service, what, release, title, status FROM (${changes()}) c ORDER BY 1 DESC LIMIT 50`),
  ],
})

export const overview = board({
  board: 'overview',
  title: 'Overview',
  description: 'Is it broken, where, since when, and what changed before.',
  variables: [environment],
  withChanges: true,
  lines: [
    [openIncidents, failingServices, errorRate, rate, newProblems, lastChange],
    [incidents],
    [heatMap],
    [services, problems],
    [rates, changeTable],
  ],
})
