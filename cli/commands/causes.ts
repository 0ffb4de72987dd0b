import { userInfo } from 'node:os'
import { Argument, Command } from 'commander'
import { giveFeedback, readAccuracy, VERDICTS, type Verdict } from '../../store/reports/feedback.ts'
import { readWeights } from '../../store/reports/weights.ts'
import { countOf } from '../arguments.ts'
import { asOwner } from '../as-owner.ts'
import { asReader } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'
import { command } from './anomalies-stored.ts'

interface FeedbackOptions {
  readonly config: string
  readonly json?: true
  readonly by: string
  readonly place?: number
  readonly cause?: string
}

const PLACE_MAX = 20

export function causesCommand(): Command {
  return new Command('causes')
    .addHelpText(
      'after',
      `
  sensorium causes accuracy
  sensorium causes feedback 3f2a right
  sensorium causes feedback 3f2a other --place 2
  sensorium causes feedback 3f2a other --cause "the certificate had run out"`,
    )
    .addCommand(
      command('accuracy', 'how often the first hypothesis was right, by its kind and by how sure it was').action(
        async (options: { readonly config: string; readonly json?: true }) => {
          const { rows, weights } = await asReader(options.config, async client => ({
            rows: await readAccuracy(client),
            weights: await readWeights(async (sql, values) => (await client.query(sql, [...values])).rows),
          }))
          if (options.json) return printJson({ accuracy: rows, weights })
          printTable(
            ['kind', 'said', 'reports', 'judged', 'right', 'right_among_others'],
            rows.map(row => ({ ...row })),
          )
          const { version, ...kinds } = weights
          const words = Object.entries(kinds).map(([kind, weight]) => `${kind} ${weight}`)
          console.log(`\nweights of evidence, version ${version}: ${words.join(', ')}`)
        },
      ),
    )
    .addCommand(
      command('feedback', 'say of a report whether its first hypothesis was right')
        .argument('<report>', 'its id, or the beginning')
        .addArgument(new Argument('<verdict>', 'of the first hypothesis').choices(VERDICTS))
        .option('--by <name>', 'who says so', userInfo().username)
        .option('--place <n>', 'other: the number of the hypothesis that was right', countOf(PLACE_MAX))
        .option('--cause <text>', 'other: what it was, in your words')
        .action(async (report: string, verdict: Verdict, { config, json, by, place, cause }: FeedbackOptions) => {
          const done = await asOwner(config, client => giveFeedback(client, { report, by, verdict, place, cause }))
          if (json) printJson({ id: done.report, verdict, by, weights_version: done.weightsVersion })
          else console.log(`kept: ${by} says of ${done.report} that it is ${verdict}`)
        }),
    )
}
