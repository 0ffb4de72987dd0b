import { Command } from 'commander'
import { SensoriumError } from '../../pipeline/errors.ts'
import { type RangeReport, rollRange } from '../../store/kpis/range.ts'
import { sinceOption, timeOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { printJson } from '../terminal/guard.ts'
import { startStepBar, stepText } from '../terminal/step-bar.ts'
import { withMigrated } from '../with-store.ts'

interface Options {
  readonly config: string
  readonly from: Date
  readonly to?: Date
  readonly json?: true
}

export function rollupCommand(): Command {
  return new Command('rollup')
    .addOption(configOption())
    .addOption(sinceOption('--from <time>', 'the first hour: 24h, 7d, or an ISO 8601 time', '24h'))
    .option('--to <time>', 'up to then, instead of now', timeOf)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
It makes the rows of hours and days anew, from the minutes that requests were counted in; done twice it is the same.
A running Sensorium does it by itself: hours at :05, days at 00:15 UTC, and again for what is late.

  sensorium rollup --from 7d
  sensorium rollup --from 2026-11-01T00:00:00Z --to 2026-11-02T00:00:00Z`,
    )
    .action(async ({ config, from, to = new Date(), json }: Options) => {
      if (+to <= +from) throw new SensoriumError('USAGE', '--to is not after --from')
      const bar = startStepBar(process.stderr)
      const report = await withMigrated(config, (store, { kpis, maintenance }) =>
        rollRange(store, {
          from,
          to,
          apdexMs: kpis.apdex_ms,
          keptDays: maintenance.request_minutes_days,
          onProgress: (what, done, total) => bar.update(stepText(what, done, total)),
        }),
      )
      bar.stop()
      if (json) printJson(report)
      else console.log(reportText(report))
    })
}

function reportText({ hours, days, tooOld }: RangeReport): string {
  const made = `rolled up ${hours} ${hours === 1 ? 'hour' : 'hours'} and ${days} ${days === 1 ? 'day' : 'days'}`
  return tooOld === 0
    ? made
    : `${made}; ${tooOld} hours are older than minutes are kept for (service.maintenance.request_minutes_days): theirs stay as they are`
}
