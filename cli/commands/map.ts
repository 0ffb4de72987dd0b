import { existsSync } from 'node:fs'
import { Command } from 'commander'
import type { MapEdge, ServiceMap } from '../../analysis/service-map/merge.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { readSystemMap } from '../../receivers/reflexes/system-map-file.ts'
import { readWith } from '../../store/reading.ts'
import { readServiceMap } from '../../store/service-map/read.ts'
import { sinceOption, timeOf } from '../arguments.ts'
import { configOption } from '../config-option.ts'
import { asReader } from '../database.ts'
import { type Line, printJson, printPainted } from '../terminal/guard.ts'

/** Used where it is there. */
const SYSTEM_MAP = 'config/system-map.yaml'

interface Options {
  readonly config: string
  readonly env?: string
  readonly since: Date
  readonly until?: Date
  readonly map: string
  readonly byRelease?: true
  readonly json?: true
}

export function mapCommand(): Command {
  return new Command('map')
    .argument('[service]', 'what it calls, and who calls it')
    .addOption(configOption())
    .option('--env <name>', 'of this environment; prod is also production')
    .addOption(sinceOption('--since <time>', 'calls from then on: 15m, 24h, 7d, or an ISO 8601 time', '1h'))
    .option('--until <time>', 'until then, instead of now', timeOf)
    .option('--map <file>', 'what is declared', SYSTEM_MAP)
    .option('--by-release', 'each release of a caller by itself')
    .option('--json', 'print nodes and edges')
    .addHelpText(
      'after',
      `
✗ the file claims it and no call was seen; ! a call was seen and the file does not claim it; ~> is a message.

  sensorium map --env prod
  sensorium map checkout --since 24h
  sensorium map --json | jq '.edges[] | select(.standing == "denied")'`,
    )
    .action(async (service: string | undefined, options: Options) => {
      const { config, env, since, until = new Date(), map: file, byRelease = false, json } = options
      if (+until <= +since) throw new SensoriumError('USAGE', '--until is not after --since')
      const declared = file === SYSTEM_MAP && !existsSync(file) ? undefined : await readSystemMap(file)
      const whole = await asReader(config, client =>
        readServiceMap(readWith(client), { from: since, until, env, byRelease, declared }),
      )
      const map = service === undefined ? whole : around(whole, service)
      if (service !== undefined && map.nodes.length === 0) throw unknownIn(whole, service)
      if (json) printJson(map)
      else printPainted(mapLines(map, (+until - +since) / 60_000))
    })
}

function around({ nodes, edges }: ServiceMap, service: string): ServiceMap {
  const kept = edges.filter(({ caller, callee }) => caller === service || callee === service)
  const names = new Set([service, ...kept.flatMap(({ caller, callee }) => [caller, callee])])
  return { nodes: nodes.filter(({ name }) => names.has(name)), edges: kept }
}

function unknownIn({ nodes }: ServiceMap, service: string): SensoriumError {
  const names = nodes.filter(({ kind }) => kind === 'service').map(({ name }) => name)
  const there = names.length === 0 ? 'nothing is' : `there are ${[...new Set(names)].sort().join(', ')}`
  return new SensoriumError('USAGE', `${service} is not on the map of that time: ${there}`)
}

const MARKS = { agreed: ' ', denied: '✗', undeclared: '!' } as const

/** Each caller with what it calls beneath. */
function mapLines({ nodes, edges }: ServiceMap, minutes: number): Line[] {
  const byCaller = Map.groupBy(edges, ({ caller, environment, release }) =>
    JSON.stringify([caller, environment, release]),
  )
  const lines = [...byCaller.values()].flatMap((of): Line[] => {
    const { caller, environment, release } = of[0]!
    const node = nodes.find(({ name }) => name === caller)
    const beside = [
      environment,
      release,
      node?.owner && `owner ${node.owner}`,
      node?.kind === 'service' ? '' : node?.kind,
    ]
    const mark = node?.standing === undefined ? '' : `${MARKS[node.standing]} `.trimStart()
    return [
      [`${mark}${caller}`, { text: `  ${beside.filter(Boolean).join(' · ')}`, means: 'beside' }],
      ...of.map((edge): Line => edgeLine(edge, minutes)),
    ]
  })
  const callers = new Set(edges.map(({ caller }) => caller))
  const idle = nodes.filter(({ name, kind }) => kind === 'service' && !callers.has(name))
  const rest = idle.map(
    ({ name, standing }): Line => [
      `${standing === undefined ? '' : MARKS[standing].trim()}${standing === 'agreed' || standing === undefined ? '' : ' '}${name}`,
      { text: standing === 'denied' ? '  in the file, not seen' : '  calls nobody', means: 'beside' },
    ],
  )
  return lines.length + rest.length === 0 ? [['no calls in that time']] : [...lines, ...rest]
}

const NAME_WIDTH = 40

function edgeLine({ callee, calleeKind, isAsync, calls, errors, p95Ms, standing }: MapEdge, minutes: number): Line {
  const mark = standing === undefined ? ' ' : MARKS[standing]
  const name = `  ${mark} ${isAsync ? '~>' : '->'} ${callee}`.padEnd(NAME_WIDTH)
  if (standing === 'denied') return [name, { text: '  in the file, not seen', means: 'beside' }]
  if (calls === null) return [name, { text: '  seen, not counted', means: 'beside' }]
  const failed = calls === 0 ? 0 : (100 * (errors ?? 0)) / calls
  const figures = `  ${rounded(calls / minutes)}/min  ${rounded(failed)} % errors  p95 ${rounded(p95Ms ?? 0)} ms`
  const kind = calleeKind === 'service' ? '' : `  ${calleeKind}`
  const note = standing === 'undeclared' ? '  not in the file' : ''
  return [name, figures, { text: `${kind}${note}`, means: 'beside' }]
}

function rounded(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
}
