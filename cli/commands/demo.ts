import path from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import {
  DEMO_DEFAULTS,
  DemoError,
  type DemoProgress,
  QUIET,
  runDemo,
  WORLD_NAMES,
  type WorldName,
} from '../../demo/index.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { runningHere } from '../running.ts'
import { redraw } from '../terminal/guard.ts'

interface Options {
  readonly seed: number
  readonly minutes: number
  readonly rate: number
  readonly speed: number
  readonly endpoint?: string
  readonly truth: string
  readonly world?: WorldName | typeof QUIET
}

export function demoCommand(): Command {
  return new Command('demo')
    .addOption(numberOption('--seed <n>', 'fixes what is generated, and which incident it is', DEMO_DEFAULTS.seed))
    .addOption(
      new Option(
        '--world <name>',
        'one in which no deploy is to blame, whatever goes wrong; quiet: nothing does',
      ).choices([...WORLD_NAMES, QUIET]),
    )
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
      '--truth <file>',
      'where the ground truth goes: what broke, where, when, in which release',
      'data/demo-truth.json',
    )
    .addHelpText(
      'after',
      `
Afterwards, find it yourself:
  sensorium sql "SELECT service, error_type, count(*) FROM application_logs WHERE level = 'error' GROUP BY 1, 2 ORDER BY 3 DESC"`,
    )
    .action(run)
}

async function run({ truth, endpoint = endpointHere(), ...options }: Options): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const isTerminal = process.stderr.isTTY === true
  const onProgress = isTerminal ? (progress: DemoProgress) => redraw(process.stderr, progressText(progress)) : undefined
  try {
    const result = await runDemo({
      ...options,
      endpoint,
      truthFile: truth,
      signal: stop.signal,
      ...(onProgress && { onProgress }),
    })
    if (isTerminal) process.stderr.write('\n')
    for (const warning of result.warnings) console.error(`warning: ${warning}`)
    const { traces, logs, metrics } = result.acknowledged
    console.log(`sent and acknowledged: ${traces} spans, ${logs} log records, ${metrics} metric points`)
    console.log(`the ground truth is in ${path.relative('', path.resolve(truth))}`)
  } catch (error) {
    if (isTerminal) process.stderr.write('\n')
    if (error instanceof DemoError) throw new SensoriumError('USAGE', error.message, { cause: error })
    throw error
  }
}

/** Where the Sensorium of this account takes OTLP over HTTP; where its configuration would have it when none runs. */
function endpointHere(): string {
  const configured = process.env.SENSORIUM_OTLP_HTTP_ENDPOINT
  if (configured !== undefined && configured !== '') return urlOf(configured)
  const open = [...new Set(runningHere().flatMap(({ otlp_http: at }) => (at === null ? [] : [urlOf(at)])))]
  if (open.length > 1 && !open.includes(DEMO_DEFAULTS.endpoint)) {
    throw new SensoriumError('USAGE', `more than one Sensorium runs here: choose with --endpoint ${open.join(' or ')}`)
  }
  return open.length === 1 ? open[0]! : DEMO_DEFAULTS.endpoint
}

/** What listens on all addresses is asked on this machine's own. */
function urlOf(endpoint: string): string {
  return `http://${endpoint.replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:')}`
}

function progressText(progress: DemoProgress): string {
  const share = Math.round((100 * progress.simulatedSeconds) / progress.totalSeconds)
  const { traces, logs, metrics } = progress.acknowledged
  return `${share} % of ${Math.round(progress.totalSeconds / 60)} min: ${traces} spans, ${logs} log records, ${metrics} metric points`
}

function numberOption(flags: string, description: string, fallback: number): Option {
  return new Option(flags, description).default(fallback).argParser(text => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('write a number.')
    return value
  })
}
