import { Command, Option } from 'commander'
import { readAlerts } from '../../receivers/reflexes/alerts-file.ts'
import { backtest, verdictsOf } from '../../store/reflexes/backtest.ts'
import { sinceOption, timeOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { asReader } from '../database.ts'
import { printJson } from '../terminal/guard.ts'
import { printTable } from '../terminal/table.ts'

interface Options {
  readonly config: string
  readonly since: Date
  readonly until: Date
  readonly each?: true
  readonly json?: true
}

const LATE_MS = 60_000

/** `sensorium alerts test FILE`: what would have fired, before the file is saved. */
export function alertsTestCommand(): Command {
  return new Command('test')
    .description('let stored minutes happen again under a file of alerts: what would have fired, how long, how right')
    .argument('<file>', 'such as config/alerts.yaml')
    .addOption(configOption())
    .addOption(sinceOption('--since <time>', 'from when on: 24h, 14d, a time', '14d'))
    .addOption(
      new Option('--until <time>', 'until when').argParser(timeOf).default(new Date(Date.now() - LATE_MS), 'now'),
    )
    .option('--each', 'each firing, not only the sums')
    .option('--json', 'print JSON')
    .action(async (file: string, options: Options) => {
      const alerts = await readAlerts(file)
      const [from, until] = [+options.since, +options.until]
      const { detect: settings, exemptions, metrics, objectives, incidents } = alerts
      const firings = await asReader(options.config, client =>
        backtest(client, { settings, exemptions, metrics, objectives, incidents, from, until }),
      )
      const verdicts = verdictsOf(firings, until)
      if (options.json) return printJson({ from: options.since, until: options.until, verdicts, firings })
      const hours = (until - from) / 3_600_000
      const span = hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`
      const findings = firings.filter(({ kind }) => kind !== 'incident')
      const told = findings.filter(({ severity }) => severity !== 'info').length
      const opened = firings.length - findings.length
      console.log(
        `${file} over ${span}: ${findings.length} times, ${told} of them worse than a note; ${opened} ${opened === 1 ? 'incident' : 'incidents'}`,
      )
      if (options.each) {
        const time = (at: number | undefined): string | null =>
          at === undefined ? null : new Date(at).toISOString().slice(0, 16)
        printTable(
          ['start', 'end', 'severity', 'what', 'detail', 'said'],
          firings.map(one => ({
            ...one,
            start: time(one.start),
            end: time(one.end),
            said: one.isTrue === undefined ? null : one.isTrue ? 'true' : 'false',
          })),
        )
      }
      printTable(
        ['what', 'severity', 'fired', 'minutes', 'flapped', 'true', 'false', 'precision'],
        verdicts.map(one => ({
          ...one,
          true: one.saidTrue,
          false: one.saidFalse,
          precision: one.precision === undefined ? null : Number(one.precision.toFixed(2)),
        })),
      )
    })
}
