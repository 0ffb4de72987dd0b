import { parseArgs } from 'node:util'
import { type QUIET, runDemo, type WorldName } from '../../demo/index.ts'
import { readAlerts } from '../../receivers/reflexes/alerts-file.ts'
import { storeAt } from '../../store/open.ts'
import { databaseUrl, startTestServer, withAdmin } from '../../tests/postgres-server.ts'
import { collect } from './collect.ts'
import { openReplay } from './replay.ts'
import { type SeedScore, score } from './score.ts'

/**
 * Whether the reflexes find what is wrong in the demo, how soon, where, and how often they are wrong.
 *
 *   npm run bench:reflexes [-- --seeds 1,2,3] [--minutes 30] [--rate 5] [--world NAME] [--idle] [--verbose] [--json]
 *
 * Each run is recorded and then happens again through real tables, under a clock of ours. Found means an incident that
 * names the service, within two simulated minutes; the attribute that the failing requests share has to be the first
 * that it tells of.
 */
const CHOSEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '5' },
    world: { type: 'string' },
    alerts: { type: 'string' },
    keep: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    idle: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const world = values.world as WorldName | typeof QUIET | undefined // the demo refuses others
const alerts = await readAlerts(values.alerts)
const server = await startTestServer()
const scores: SeedScore[] = []
let [cpuMs, minutes] = [0, 0]
for (const seed of values.seeds?.split(',').map(Number) ?? CHOSEN) {
  const name = `reflexes_${process.pid}_${seed}`
  await withAdmin(server.url, client => client.query(`CREATE DATABASE ${name} TEMPLATE ${server.template}`))
  const url = databaseUrl(server.url, name)
  const store = await storeAt(url)
  const replay = await openReplay({ store, url }, alerts)
  const sink = await collect(replay.take)
  const { truth } = await runDemo({
    seed,
    minutes: Number(values.minutes),
    rate: Number(values.rate),
    endpoint: sink.endpoint,
    ...(world === undefined ? {} : { world }),
  })
  const replayed = await replay.finish()
  await sink.close()
  if (values.idle)
    console.log(
      `    idle: ${(100 * (await replay.idle())).toFixed(2)} % of one core for all reflexes, the server's side included`,
    )
  await replay.close()
  cpuMs += replayed.cpuMs
  minutes += replayed.minutes
  const one = score(String(seed), truth, replayed.findings)
  scores.push(one)
  if (!values.json) console.log(row(one))
  if (values.verbose)
    for (const { at, event, severity, body } of replayed.findings)
      console.log(`    ${at.slice(11, 19)} ${event} ${severity} ${body}`)
  for (const text of [...one.falseEpisodes, ...one.falseIncidents]) if (!values.json) console.log(`    false: ${text}`)
  if (values.keep) console.log(`    ${url}`)
  else await withAdmin(server.url, client => client.query(`DROP DATABASE ${name} WITH (FORCE)`))
}
await server.stop()

const found = scores.filter(({ failsAfterS }) => failsAfterS !== undefined && failsAfterS <= 120).length
const right = scores.filter(({ origin, service }) => origin === service).length
const shared = scores.filter(({ isSharedRight }) => isSharedRight).length
const wrong = scores.reduce((sum, one) => sum + one.falseEpisodes.length, 0)
const days = (minutes / 1_440).toFixed(2)
const summary = `found in two minutes ${found}/${scores.length}, origin ${right}/${scores.length}, shared value first ${shared}/${scores.length}, false episodes ${wrong} in ${days} days; ${(cpuMs / minutes).toFixed(1)} ms of CPU a simulated minute`
console.log(values.json ? JSON.stringify({ scores, minutes, cpuMs, wrong }) : summary)

function row(one: SeedScore): string {
  const seconds = (value: number | undefined) => (value === undefined ? '   –' : `${value.toFixed(0).padStart(4)} s`)
  return `${one.seed.padStart(6)}  ${one.scenario.padEnd(20)} slow ${seconds(one.slowAfterS)}  fails ${seconds(one.failsAfterS)}  ${one.origin === one.service ? 'right' : 'WRONG'} ${one.origin.padEnd(13)} ${one.isSharedRight ? 'right' : 'WRONG'} ${(one.sharedFirst ?? '–').padEnd(40)} ${one.opened} opened`
}
