import path from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import {
  type AroundSummary,
  DEMO_DEFAULTS,
  DemoError,
  type DemoProgress,
  QUIET,
  runDemo,
  runFleet,
  WORLD_NAMES,
  type WorldName,
} from '../../demo/index.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { configOption } from '../config-option.ts'
import { demoServer } from '../demo-server.ts'
import { columnsOf } from '../terminal/columns.ts'
import { redraw } from '../terminal/guard.ts'
import { cutTo } from '../terminal/width.ts'

interface Options {
  readonly seed: number
  readonly minutes: number
  readonly rate: number
  readonly speed: number
  readonly endpoint?: string
  readonly edge?: string
  readonly config: string
  readonly truth: string
  readonly world?: WorldName | typeof QUIET | typeof EV
  readonly repository: string
}

/** Another world altogether: not the shop, but a charging fleet. */
const EV = 'ev'

export function demoCommand(): Command {
  return new Command('demo')
    .addOption(numberOption('--seed <n>', 'fixes what is generated, and which incident it is', DEMO_DEFAULTS.seed))
    .addOption(
      new Option(
        '--world <name>',
        'one in which no deploy is to blame, whatever goes wrong; quiet: nothing does; ev: a charging fleet that drops sessions',
      ).choices([...WORLD_NAMES, QUIET, EV]),
    )
    .option('--repository <folder>', 'ev: where the git repository of its code is made', 'data/ev-fleet')
    .addOption(numberOption('--minutes <n>', 'length of the simulated time, ending now', DEMO_DEFAULTS.minutes))
    .addOption(numberOption('--rate <n>', 'customer requests per simulated second', DEMO_DEFAULTS.rate))
    .addOption(
      numberOption('--speed <n>', 'simulated seconds per second; 1 is live, 0 as fast as it goes', DEMO_DEFAULTS.speed),
    )
    .addOption(
      new Option('--endpoint <url>', 'OTLP/HTTP receiver')
        .env('OTEL_EXPORTER_OTLP_ENDPOINT')
        .default(undefined, 'of the Sensorium that runs here'),
    )
    .option(
      '--edge <url>',
      'its HTTP port: CI, tills, signed events, debug events and an agent turn to it; default: the port beside it',
    )
    .addOption(configOption())
    .option(
      '--truth <file>',
      'where the ground truth goes: what broke, where, when, in which release',
      'data/demo-truth.json',
    )
    .addHelpText(
      'after',
      `
CI, tills, signed events and an agent send to its HTTP port; they are left out, and that is told, where it refuses them.
  SENSORIUM_CI_TOKEN    the token of CI reports, where the server asks for one
  PULSE_INGEST_SECRET   signs application events; without it none are sent

Afterwards:
  sensorium explain     # what broke, which deploy is to blame; the console and the dashboards show it, too
  sensorium sql "SELECT service, error_type, count(*) FROM application_logs WHERE level = 'error' GROUP BY 1, 2 ORDER BY 3 DESC"`,
    )
    .action(run)
}

async function run({ truth, endpoint, edge, config, ...options }: Options, command: Command): Promise<void> {
  const server = await demoServer({ endpoint, edge, config })
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const isTerminal = process.stderr.isTTY === true
  const onProgress = isTerminal
    ? (progress: DemoProgress) => redraw(process.stderr, cutTo(progressText(progress), columnsOf(process.stderr) - 1))
    : undefined
  try {
    const { world, repository, ...rest } = options
    const sent = { endpoint: server.endpoint, truthFile: truth, signal: stop.signal }
    const common = { ...sent, ...(onProgress && { onProgress }) }
    if (world === EV) {
      refuseForEv(command)
      if (server.edge === undefined) throw new DemoError('usage', `--world ev sends debug events: ${server.without}`)
      const fleet = { ...common, seed: rest.seed, repository, debugQueue: `${server.edge.url}/webhook/event` }
      tellSent(await runFleet(fleet))
    } else {
      const shop = { ...rest, ...(world !== undefined && { world }), ...(server.edge && { edge: server.edge }) }
      const result = await runDemo({ ...common, ...shop })
      tellSent(result)
      tellAround(result.around, server.without)
    }
    console.log(`the ground truth is in ${path.relative('', path.resolve(truth))}`)
  } catch (error) {
    if (isTerminal) process.stderr.write('\n')
    if (error instanceof DemoError) throw new SensoriumError('USAGE', error.message, { cause: error })
    throw error
  }
}

function tellSent({
  warnings,
  acknowledged: { traces, logs, metrics },
}: Awaited<ReturnType<typeof runFleet>> | Awaited<ReturnType<typeof runDemo>>): void {
  if (process.stderr.isTTY === true) process.stderr.write('\n')
  for (const warning of warnings) console.error(`warning: ${warning}`)
  console.log(
    `sent and acknowledged: ${count(traces)} spans, ${count(logs)} log records, ${count(metrics)} metric points`,
  )
}

function tellAround(around: AroundSummary | undefined, without: string | undefined): void {
  if (without !== undefined) console.error(`left out: CI, tills and an agent (${without})`)
  if (around === undefined) return
  const { ciReports, tillReports, events, agentCalls, leftOut } = around
  const parts = [`${ciReports} reports of CI`, `${tillReports} of tills`, `${agentCalls} calls of an agent`]
  // Without the secret that signs them there are none, and nobody has asked for any.
  if (events > 0) parts.push(`${events} signed events`)
  console.log(`and at the edge: ${parts.join(', ')}`)
  for (const one of leftOut) console.error(`left out: ${one}`)
}

/** The fleet has a rate and a length of its own. */
function refuseForEv(command: Command): void {
  const given = ['minutes', 'rate', 'speed'].filter(name => command.getOptionValueSource(name) !== 'default')
  if (given.length > 0) throw new DemoError('usage', `--world ev has no --${given[0]}: leave it out`)
}

function progressText(progress: DemoProgress): string {
  const share = Math.round((100 * progress.simulatedSeconds) / progress.totalSeconds)
  const { traces, logs, metrics } = progress.acknowledged
  return `${share} % of ${Math.round(progress.totalSeconds / 60)} min: ${count(traces)} spans, ${count(logs)} logs, ${count(metrics)} points`
}

const count = (n: number) => n.toLocaleString('en')

function numberOption(flags: string, description: string, fallback: number): Option {
  return new Option(flags, description).default(fallback).argParser(text => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('write a number.')
    return value
  })
}
