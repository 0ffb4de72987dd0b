import { board } from '../board.ts'
import { BAD } from '../colours.ts'
import { toService, toTrace } from '../links.ts'
import { figure } from '../panels/figure.ts'
import { lines } from '../panels/lines.ts'
import { logLines } from '../panels/log-lines.ts'
import { rows } from '../panels/rows.ts'
import { series, table } from '../query/postgres.ts'
import { FROM, ofEnvironment, ofService, UNTIL } from '../query/range.ts'
import { environment, service } from '../variables.ts'

const THIS = `${ofEnvironment()} AND ${ofService()}`
/** An error, or a log line of level error: what the other dashboards call a problem. */
const IS_PROBLEM = `(f.kind = 'error' OR f.severity_number >= 17)`
/** Asked once, of the dictionary: of a service that logs no errors, those of all others would be read to find none. */
const HAS_ERROR_LINES = `EXISTS (SELECT FROM log_shapes WHERE (severity_number >= 17 OR severity_number = 0) AND ${THIS})`

const errors = figure({
  title: 'Error records',
  description: 'Records of problems in the time shown: exceptions, and log lines of level error and fatal.',
  unit: 'short',
  width: 8,
  queries: [
    table(`SELECT coalesce(sum(m.records), 0) AS "records" FROM fingerprint_minutes m JOIN fingerprints f USING (fingerprint)
      WHERE $__timeFilter(minute) AND ${IS_PROBLEM} AND ${THIS}`),
  ],
})

const distinct = figure({
  title: 'Distinct problems',
  description: 'How many different problems these records are of.',
  unit: 'short',
  width: 8,
  queries: [
    table(`SELECT count(DISTINCT m.fingerprint) AS "problems" FROM fingerprint_minutes m JOIN fingerprints f USING (fingerprint)
      WHERE $__timeFilter(minute) AND ${IS_PROBLEM} AND ${THIS}`),
  ],
})

const fresh = figure({
  title: 'New in this time',
  description: 'Problems that were first seen in the time shown: after a release these are the ones to read.',
  unit: 'short',
  width: 8,
  steps: [{ from: 1, colour: BAD }],
  queries: [
    table(`SELECT count(DISTINCT m.fingerprint) AS "new" FROM fingerprint_minutes m JOIN fingerprints f USING (fingerprint)
      WHERE $__timeFilter(minute) AND f.first_seen >= ${FROM} AND ${IS_PROBLEM} AND ${THIS}`),
  ],
})

const overTime = lines({
  title: 'Problems over time',
  description: 'Records by minute of the eight most frequent problems. Vertical lines are releases and changes.',
  unit: 'short',
  width: 24,
  stacked: true,
  queries: [
    // Added up before anything is joined: a day of many problems is more than the reader may sort in memory.
    series(`WITH counted AS (
        SELECT fingerprint, sum(records) AS records FROM fingerprint_minutes WHERE $__timeFilter(minute) AND ${THIS} GROUP BY 1
      ), most AS (
        SELECT fingerprint, template FROM counted JOIN fingerprints f USING (fingerprint) WHERE ${IS_PROBLEM} ORDER BY counted.records DESC, 1 LIMIT 8
      )
      SELECT $__timeGroupAlias(minute, $__interval), left(template, 50) AS metric, sum(records) AS value
      FROM fingerprint_minutes JOIN most USING (fingerprint) WHERE $__timeFilter(minute) AND ${THIS} GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

const problems = rows({
  title: 'Problems',
  description: 'Alike errors counted together, the new ones first. Status: open, resolved by somebody, or regressed.',
  unit: 'short',
  width: 24,
  height: 10,
  fields: {
    service: { links: [toService()] },
    'first seen': { unit: 'dateTimeFromNow' },
    'last seen': { unit: 'dateTimeFromNow' },
    flag: { width: 90 },
  },
  queries: [
    table(`SELECT CASE WHEN f.first_seen >= ${FROM} THEN 'new' ELSE f.status END AS flag, m.service, f.template AS problem, m.records,
        f.first_seen AS "first seen", f.last_seen AS "last seen", f.first_release AS "first release", fingerprint_hex(f.fingerprint) AS fingerprint
      FROM (SELECT fingerprint, service, sum(records) AS records FROM fingerprint_minutes WHERE $__timeFilter(minute) AND ${THIS} GROUP BY 1, 2) m
      JOIN fingerprints f USING (fingerprint) WHERE ${IS_PROBLEM}
      ORDER BY f.first_seen >= ${FROM} DESC, m.records DESC LIMIT 100`),
  ],
})

const patterns = rows({
  title: 'Log patterns',
  description:
    'Log lines with what varies taken out, by how often they came. One that is suddenly frequent, or new, is worth a look.',
  unit: 'short',
  width: 24,
  height: 9,
  fields: { 'first seen': { unit: 'dateTimeFromNow' } },
  queries: [
    table(`SELECT m.service, f.template AS pattern, m.records, f.severity_number AS severity, f.first_seen AS "first seen"
      FROM (SELECT fingerprint, service, sum(records) AS records FROM fingerprint_minutes WHERE $__timeFilter(minute) AND ${THIS} GROUP BY 1, 2) m
      JOIN fingerprints f USING (fingerprint) WHERE f.kind = 'log'
      ORDER BY m.records DESC LIMIT 100`),
  ],
})

const failures = rows({
  title: 'Failed requests',
  description: 'Examples of failed requests, the newest first, each with its trace.',
  unit: 'short',
  width: 12,
  height: 10,
  fields: { trace: { links: [toTrace()] }, service: { links: [toService()] } },
  queries: [
    table(`SELECT minute AS time, service, operation, errors AS failed, trace_id AS trace FROM request_minutes
      WHERE is_request AND errors > 0 AND minute >= greatest(${FROM}, ${UNTIL} - interval '26 hours') AND minute <= ${UNTIL} AND ${THIS}
      ORDER BY 1 DESC, 4 DESC LIMIT 100`),
  ],
})

const lines100 = logLines({
  title: 'Newest error lines',
  description: 'The newest hundred log lines of level error and fatal, with their traces.',
  width: 12,
  height: 10,
  nothing: 'no error lines in this time',
  queries: [
    table(`SELECT timestamp AS time, message AS body, level, service, trace_id AS trace, fingerprint_hex AS fingerprint FROM application_logs
      WHERE $__timeFilter(timestamp) AND level IN ('error', 'fatal') AND ${THIS} AND ${HAS_ERROR_LINES} ORDER BY 1 DESC LIMIT 100`),
  ],
})

export const errorsBoard = board({
  board: 'errors',
  title: 'Errors and log patterns',
  description: 'Which problems there are, which are new, and what is logged.',
  variables: [environment, service],
  withChanges: true,
  lines: [[errors, distinct, fresh], [overTime], [problems], [failures, lines100], [patterns]],
})
