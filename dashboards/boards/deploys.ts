import { board } from '../board.ts'
import { BAD, OF_BUILDS } from '../colours.ts'
import { toErrors, toService } from '../links.ts'
import { figure } from '../panels/figure.ts'
import { lines } from '../panels/lines.ts'
import { rows } from '../panels/rows.ts'
import { changes } from '../query/deploys.ts'
import { series, table } from '../query/postgres.ts'
import { environment, ofRepository, repository } from '../variables.ts'

const BUILDS = `FROM build_events WHERE $__timeFilter(timestamp) AND ${ofRepository()}`

const number = (title: string, description: string, sql: string, unit = 'short', isBad = false) =>
  figure({
    title,
    description,
    unit,
    width: 8,
    ...(isBad && { steps: [{ from: 1, colour: BAD }] }),
    queries: [table(sql)],
  })

const changeTable = rows({
  title: 'Releases and changes',
  description:
    'Releases as their telemetry showed them, deploys as CI told of them, changes of configuration and flags; the newest first.',
  unit: 'short',
  width: 24,
  height: 10,
  nothing: 'nothing changed in this time',
  fields: { service: { links: [toService(), toErrors()] } },
  queries: [
    table(
      `SELECT at AS time, service, what, release, status, branch, commit, title FROM (${changes()}) c ORDER BY 1 DESC LIMIT 200`,
    ),
  ],
})

const events = rows({
  title: 'Builds and deploys',
  description: 'Events that CI reported, the newest first. A failed one says why.',
  unit: 'short',
  width: 24,
  height: 10,
  nothing: 'no build in this time',
  fields: { took: { unit: 'ms' } },
  queries: [
    table(`SELECT timestamp AS time, repository, branch, left(commit_sha, 12) AS commit, event_type AS event, status, duration_ms AS took, environment, error_message AS error
      ${BUILDS} ORDER BY 1 DESC LIMIT 200`),
  ],
})

const overTime = lines({
  title: 'Events by status',
  description: 'Builds and deploys, by how they ended.',
  unit: 'short',
  width: 24,
  stacked: true,
  nothing: 'no build in this time',
  colours: OF_BUILDS,
  queries: [
    series(
      `SELECT $__timeGroupAlias(timestamp, $__interval), status AS metric, count(*) AS value ${BUILDS} GROUP BY 1, 2 ORDER BY 1, 2`,
    ),
  ],
})

export const deploys = board({
  board: 'deploys',
  title: 'Build and deploy events',
  description: 'What changed, when, and whether it went through.',
  variables: [environment, repository],
  from: 'now-7d',
  refresh: '5m',
  lines: [
    [
      number(
        'Builds',
        'Builds that finished in the time shown.',
        `SELECT count(*) AS "builds" ${BUILDS} AND event_type = 'build_complete'`,
      ),
      number(
        'Failed builds',
        'Builds that failed in the time shown.',
        `SELECT count(*) AS "failed" ${BUILDS} AND event_type = 'build_complete' AND status = 'failure'`,
        'short',
        true,
      ),
      number(
        'Failed deploys',
        'Deploys that failed in the time shown.',
        `SELECT count(*) AS "failed" ${BUILDS} AND event_type = 'deploy_complete' AND status = 'failure'`,
        'short',
        true,
      ),
    ],
    [changeTable],
    [overTime],
    [events],
  ],
})
