import { Command } from 'commander'
import { type Access, withAccess } from '../../mcp/access.ts'
import type { Found } from '../../mcp/answer.ts'
import { errorFingerprintSummary } from '../../mcp/tools/error-fingerprint-summary.ts'
import { explainFailure } from '../../mcp/tools/explain-failure.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { hexOf } from '../../pipeline/model/index.ts'
import { withClient } from '../../store/connect.ts'
import { findById } from '../../store/fingerprints/group-list.ts'
import { createSearcher } from '../../store/search/index.ts'
import { timeOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { withStore } from '../database.ts'
import { columnsOf } from '../terminal/columns.ts'
import { foundLines } from '../terminal/found-text.ts'
import { printJson, printPainted } from '../terminal/guard.ts'

interface Options {
  readonly config: string
  readonly since: Date
  readonly env: string
  readonly json?: true
}

const MINUTE_MS = 60_000
/** A person at a terminal waits longer than an agent. */
const STATEMENT_TIMEOUT_MS = 30_000

export function explainCommand(): Command {
  return new Command('explain')
    .argument('[fingerprint]', 'of the problem, or its first digits; without one the most unusual of the range')
    .addOption(configOption())
    .option('--since <time>', 'what happened since: 15m, 24h, 7d, or an ISO 8601 time', timeOf, timeOf('24h'))
    .option('--env <name>', 'in this environment', '*')
    .option('--json', 'print {"fingerprint", "summary", "sections": {…}}')
    .addHelpText(
      'after',
      `
The release to blame or that none is, the first cause with file and line, since when, what the failures have in common
and who is hit: what agents get from explain_failure.

  sensorium explain
  sensorium explain 4817818956 --since 2h`,
    )
    .action(async (digits: string | undefined, options: Options) => {
      const { fingerprint, found } = await withStore(options.config, async store => {
        const known =
          digits === undefined
            ? undefined
            : hexOf((await withClient(store, 'reader', client => findById(client, digits))).fingerprint)
        const searcher = createSearcher(store)
        const asked = { services: undefined, searcher, statementTimeoutMs: STATEMENT_TIMEOUT_MS }
        // As the owner, in a transaction that only reads: sessions of readers are ended by the watch after some seconds.
        const database = { ...store, connection: () => store.connection('owner') }
        return withAccess(database, asked, ({ access }) => explain(access, known, options))
      })
      const { summary, sections } = found
      const rows = Object.fromEntries(sections.map(section => [section.name, section.rows]))
      if (options.json) printJson({ fingerprint, summary, sections: rows })
      else printPainted(foundLines(found, columnsOf(process.stdout)))
    })
}

async function explain(
  access: Access,
  known: string | undefined,
  { since, env }: Options,
): Promise<{ fingerprint: string; found: Found }> {
  const minutes = Math.max(1, Math.ceil((Date.now() - since.getTime()) / MINUTE_MS))
  const range = { env, minutes }
  const fingerprint = known ?? (await mostUnusual(access, range))
  const found = await explainFailure.run(explainFailure.input.parse({ fingerprint, ...range }), access)
  return { fingerprint, found }
}

/** @throws SensoriumError USAGE where nothing failed */
async function mostUnusual(access: Access, range: { env: string; minutes: number }): Promise<string> {
  const args = errorFingerprintSummary.input.parse({ ...range, limit: 1 })
  const { sections, empty } = await errorFingerprintSummary.run(args, access)
  const [first] = sections[0]?.rows ?? []
  if (first !== undefined) return String(first.fingerprint)
  throw new SensoriumError('USAGE', `nothing failed in the range. ${empty ?? ''}`.trim())
}
