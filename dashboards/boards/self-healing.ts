import { board } from '../board.ts'
import { BAD, OF_PROPOSALS, WATCH } from '../colours.ts'
import { figure } from '../panels/figure.ts'
import { lines } from '../panels/lines.ts'
import { rows } from '../panels/rows.ts'
import { series, table } from '../query/postgres.ts'
import { environment } from '../variables.ts'

const PROPOSALS = 'FROM selfheal_proposals WHERE $__timeFilter(timestamp)'
/** A proposal is written again when its status changes: the newest row is what it is. */
const LAST = `(SELECT DISTINCT ON (proposal_id) * ${PROPOSALS} ORDER BY proposal_id, timestamp DESC) p`
const DECIDED = `status IN ('merged', 'rejected', 'failed_validation')`
const NONE = 'nothing was proposed in this time'

const number = (title: string, description: string, sql: string, unit = 'short') =>
  figure({ title, description, unit, width: 6, nothing: 'none', queries: [table(sql)] })

const proposals = rows({
  title: 'All proposals',
  description:
    'What was proposed, for which trouble, how sure and how risky it is, and what became of it; the newest first.',
  unit: 'short',
  width: 24,
  height: 12,
  nothing: NONE,
  fields: {
    confidence: { decimals: 2 },
    risk: {
      decimals: 2,
      steps: [
        { from: 0.3, colour: WATCH },
        { from: 0.7, colour: BAD },
      ],
    },
    'pull request': { links: [{ title: 'Open it', url: '${__value.raw}' }] },
  },
  queries: [
    table(`SELECT timestamp AS time, status, trigger_type AS trigger, pattern_id AS pattern, description AS proposal, confidence_score AS confidence,
        risk_score AS risk, agent_model AS model, pr_url AS "pull request"
      FROM ${LAST} ORDER BY 1 DESC LIMIT 200`),
  ],
})

const patterns = rows({
  title: 'By pattern',
  description: 'Which kinds of trouble proposals are for, and how many of those that were decided were taken.',
  unit: 'short',
  width: 12,
  nothing: NONE,
  fields: { taken: { unit: 'percent', decimals: 0 } },
  queries: [
    table(`SELECT pattern_id AS pattern, count(*) AS proposals, count(*) FILTER (WHERE status = 'merged') AS merged,
        100.0 * count(*) FILTER (WHERE status = 'merged') / nullif(count(*) FILTER (WHERE ${DECIDED}), 0) AS taken
      FROM ${LAST} GROUP BY 1 ORDER BY 2 DESC LIMIT 100`),
  ],
})

const overTime = lines({
  title: 'Proposals by status',
  description: 'What became of the proposals, by the time at which they came to it.',
  unit: 'short',
  width: 12,
  stacked: true,
  nothing: NONE,
  colours: OF_PROPOSALS,
  queries: [
    series(
      `SELECT $__timeGroupAlias(timestamp, $__interval), status AS metric, count(*) AS value ${PROPOSALS} GROUP BY 1, 2 ORDER BY 1, 2`,
    ),
  ],
})

export const selfHealing = board({
  board: 'healing',
  title: 'Self-healing',
  description: 'What was proposed to mend by itself, and how much of it people took.',
  variables: [environment],
  from: 'now-30d',
  refresh: '5m',
  lines: [
    [
      number('Proposals', 'Proposals of the time shown.', `SELECT nullif(count(*), 0) AS "proposals" FROM ${LAST}`),
      number(
        'Taken',
        'Share of those that were merged, of those that were decided.',
        `SELECT 100.0 * count(*) FILTER (WHERE status = 'merged') / nullif(count(*) FILTER (WHERE ${DECIDED}), 0) AS "taken" FROM ${LAST}`,
        'percent',
      ),
      number(
        'Open',
        'Proposals that wait for somebody.',
        `SELECT nullif(count(*) FILTER (WHERE NOT ${DECIDED}), 0) AS "open" FROM ${LAST}`,
      ),
      number(
        'Failed validation',
        'Proposals that their own tests refused.',
        `SELECT nullif(count(*) FILTER (WHERE status = 'failed_validation'), 0) AS "failed" FROM ${LAST}`,
      ),
    ],
    [proposals],
    [patterns, overTime],
  ],
})
