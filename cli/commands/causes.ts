import { Command } from 'commander'
import type { Hypothesis } from '../../analysis/causes/index.ts'
import type { KnownChange } from '../../store/changes.ts'
import { withClient } from '../../store/connect.ts'
import { explainWindow } from '../../store/explain-window.ts'
import { countOf, timeOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { withStore } from '../database.ts'
import { type Line, printJson, printPainted } from '../terminal/guard.ts'

interface Options {
  readonly config: string
  readonly service?: string
  readonly env: string
  readonly at: Date
  readonly minutes: number
  readonly before: number
  readonly json?: true
}

const MINUTE_MS = 60_000
const MINUTES_MAX = 60
/** A window is read in whole: an hour at most, and as long again three times to compare it with. */
const BEFORE_MAX = 180

export function causesCommand(): Command {
  return new Command('causes')
    .addOption(configOption())
    .option('--at <time>', 'when it was bad: 15m, 24h, 7d, or an ISO 8601 time', timeOf, new Date())
    .option('--minutes <n>', 'what is explained: so many minutes before that', countOf(MINUTES_MAX), 5)
    .option('--before <n>', 'what it is compared with: so many minutes before those', countOf(BEFORE_MAX), 15)
    .option('--service <name>', 'only requests that went through this service')
    .option('--env <name>', 'of this environment', '*')
    .option('--json', 'print the hypotheses as JSON')
    .addHelpText(
      'after',
      `
Where the trouble of some minutes begins: which service does something otherwise that nothing beneath it explains,
since when, and what of it was changed before. The likeliest first, with how sure it is.

  sensorium causes
  sensorium causes --at 10m --service checkout`,
    )
    .action(async (options: Options) => {
      const hypotheses = await withStore(options.config, store =>
        withClient(store, 'reader', client =>
          explainWindow(async (sql, values) => (await client.query(sql, [...values])).rows, windowOf(options)),
        ),
      )
      if (options.json) printJson({ hypotheses }, 2)
      else printPainted(hypotheses.length === 0 ? nothing(options) : hypotheses.flatMap(linesOf))
    })
}

function windowOf({ at, minutes, before, env, service }: Options) {
  const from = new Date(+at - minutes * MINUTE_MS)
  const usualFrom = new Date(+from - before * MINUTE_MS)
  return { from, to: at, usualFrom, usualTo: from, env, visible: null, through: service }
}

function nothing({ minutes, at, before }: Options): Line[] {
  const range = `the ${minutes} minutes before ${at.toISOString()}`
  return [[`Nothing in ${range} is otherwise than in the ${before} minutes before them.`]]
}

function linesOf(hypothesis: Hypothesis<KnownChange>, place: number): Line[] {
  const { kind, name, instance, since, confidence, change, because, against, confirm, path } = hypothesis
  const where = instance === undefined ? name : `${name} (${instance})`
  const beside = (text: string): Line => [{ text: `   ${text}`, means: 'beside' }]
  const changed =
    change === undefined
      ? []
      : [`${change.what} ${change.release ?? ''} at ${new Date(change.at).toISOString()} ${change.commit ?? ''}`.trim()]
  return [
    [
      `${place + 1}. `,
      { text: where, means: place === 0 ? 'heading' : undefined },
      `  ${kind.replaceAll('_', ' ')}, ${Math.round(confidence * 100)} % sure, since ${new Date(since).toISOString()}`,
    ],
    ...changed.map((text): Line => [`   after ${text}`]),
    ...because.map((text): Line => [`   ${text}`]),
    ...against.map(text => beside(`against it: ${text}`)),
    beside(`to confirm: ${confirm}`),
    ...(path.length === 0 ? [] : [beside(`seen in: sensorium trace ${path.at(-1)!.traceId}`)]),
    [],
  ]
}
