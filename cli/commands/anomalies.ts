import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { readRow } from '../../analysis/anomaly/read-row.ts'
import { createAnomalyScorer } from '../../analysis/anomaly/scorer.ts'
import { escaped } from '../terminal/guard.ts'
import { ackCommand, baselineCommand, listCommand } from './anomalies-stored.ts'

/** After so many faulty rows the rest are counted and not told one by one: a wrong file is known by its first rows. */
const FAULTS_TOLD_MAX = 20
const DECIMALS = 6

export function anomaliesCommand(): Command {
  return new Command('anomalies')
    .addCommand(listCommand())
    .addCommand(ackCommand())
    .addCommand(baselineCommand())
    .addCommand(
      new Command('score')
        .description('read timestamp,value rows on stdin, and print a score from 0 to 1 for each as it comes')
        .option('--json', 'print {"line", "time", "value", "score"}, or {"line", "fault"}, for each row')
        .addHelpText(
          'after',
          `
A score looks only at the rows before it. Above 0.5 the series does what it has not done before.
Timestamps are ISO 8601 (UTC where no zone is given) or seconds, ms, µs or ns since 1970; a header is optional.
A row that cannot be read has an empty line in the answer and its fault on stderr, and the exit code is 1.
  sensorium anomalies score < requests.csv | paste -d, requests.csv -   (without a header)
  tail -f latency.csv | sensorium anomalies score`,
        )
        .action(async (options: { json?: true }) => {
          const { faults, backwards } = await scoreLines(process.stdin, process.stdout, options.json === true)
          if (faults > FAULTS_TOLD_MAX) console.error(`sensorium: ${faults} rows in all could not be read`)
          if (backwards > 0) {
            console.error(
              `sensorium: ${backwards} rows are earlier than the row before; they were scored in the order in which they came: sort the rows by time`,
            )
          }
          if (faults > 0) process.exitCode = 1
        }),
    )
}

async function scoreLines(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  asJson: boolean,
): Promise<{ faults: number; backwards: number }> {
  const score = createAnomalyScorer()
  let number = 0
  let faults = 0
  let backwards = 0
  let lastMs = Number.NEGATIVE_INFINITY
  let isFirst = true
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    const row = readRow(line, isFirst)
    if (row.kind === 'empty') continue
    isFirst = false
    if (row.kind === 'header') continue
    let answer = ''
    if (row.kind === 'fault') {
      faults++
      if (faults <= FAULTS_TOLD_MAX) console.error(`sensorium: line ${number} is not scored: ${row.fault}`)
      if (asJson) answer = escaped(JSON.stringify({ line: number, fault: row.fault }))
    } else {
      if (row.timeMs < lastMs) backwards++
      lastMs = row.timeMs
      const { timeMs, value } = row
      const scored = score(timeMs, value).toFixed(DECIMALS)
      answer = asJson
        ? JSON.stringify({ line: number, time: new Date(timeMs).toISOString(), value, score: Number(scored) })
        : scored
    }
    if (!output.write(`${answer}\n`)) await once(output, 'drain')
  }
  return { faults, backwards }
}
