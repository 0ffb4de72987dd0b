import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { createFingerprinter } from '../../analysis/log-template/fingerprint.ts'
import { fingerprintLines } from '../../analysis/log-template/fingerprint-lines.ts'
import { type Accuracy, groupingAccuracy } from './accuracy.ts'

/**
 * How well log messages are grouped, and how fast.
 *
 *   npm run bench:fingerprint -- --data DIR [--seconds N] [--json]
 *
 * DIR holds `NAME.tsv` files of `label<TAB>message` lines, one file for each system; every system is grouped on its own,
 * with the same code and no setting. The rate is that of one core: lines fingerprinted per second of processor time,
 * each a string of its own as decoding makes them, over all systems' lines mixed.
 */
interface System {
  readonly name: string
  readonly labels: string[]
  readonly messages: string[]
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
})
if (values.data === undefined) throw new Error('--data DIR names the folder with the .tsv files')
const systems = readSystems(values.data)
if (systems.length === 0) throw new Error(`no .tsv file in ${values.data}: each holds label<TAB>message lines`)

const scores = systems.map(system => ({ name: system.name, ...score(system) }))
const mean = (pick: (accuracy: Accuracy) => number) => scores.reduce((sum, each) => sum + pick(each), 0) / scores.length
const report = {
  systems: scores,
  meanGa: mean(({ ga }) => ga),
  meanFga: mean(({ fga }) => fga),
  lowestGa: Math.min(...scores.map(({ ga }) => ga)),
  ...rate(
    systems.flatMap(({ messages }) => messages),
    Number(values.seconds),
  ),
  machine: `${cpus()[0]?.model.trim()}, Node ${process.version}`,
  date: new Date().toISOString().slice(0, 10),
}
console.log(values.json ? JSON.stringify(report, null, 2) : table(report))

function readSystems(folder: string): System[] {
  const names = readdirSync(folder).filter(name => name.endsWith('.tsv'))
  return names.sort().map(name => {
    const lines = readFileSync(path.join(folder, name), 'utf8').split('\n')
    if (lines.at(-1) === '') lines.pop()
    const tabs = lines.map((line, index) => {
      const tab = line.indexOf('\t')
      if (tab < 0) throw new Error(`${name}:${index + 1}: no tab between label and message`)
      return tab
    })
    return {
      name: path.basename(name, '.tsv'),
      labels: lines.map((line, index) => line.slice(0, tabs[index])),
      // Through bytes and back: a slice would keep the whole file's string behind it, which no decoder does.
      messages: lines.map((line, index) => Buffer.from(line.slice(tabs[index]! + 1)).toString()),
    }
  })
}

function score({ labels, messages }: System): Accuracy {
  return groupingAccuracy(
    labels,
    fingerprintLines(messages).map(({ groupId }) => groupId),
  )
}

/** Lines per second of processor time, after a warm-up of a tenth of the time. */
function rate(messages: readonly string[], seconds: number): { linesPerSecond: number; charsPerLine: number } {
  const fingerprint = createFingerprinter()
  const run = (until: number): number => {
    let lines = 0
    while (performance.now() < until) {
      for (const message of messages) fingerprint(message)
      lines += messages.length
    }
    return lines
  }
  run(performance.now() + seconds * 100)
  const before = process.cpuUsage()
  const lines = run(performance.now() + seconds * 1_000)
  const { user, system } = process.cpuUsage(before)
  return {
    linesPerSecond: Math.round((lines * 1e6) / (user + system)),
    charsPerLine: Math.round(messages.reduce((sum, { length }) => sum + length, 0) / messages.length),
  }
}

function table({
  systems,
  meanGa,
  meanFga,
  lowestGa,
  linesPerSecond,
  charsPerLine,
  machine,
  date,
}: typeof report): string {
  const share = (value: number) => value.toFixed(4).padStart(8)
  const rows = systems.map(
    ({ name, ga, fga, predictedGroups, trueGroups }) =>
      `${name.padEnd(14)}${share(ga)}${share(fga)}   ${predictedGroups} of ${trueGroups}`,
  )
  return [
    `${'system'.padEnd(14)}${'GA'.padStart(8)}${'FGA'.padStart(8)}   groups`,
    ...rows,
    `${'mean'.padEnd(14)}${share(meanGa)}${share(meanFga)}   lowest GA ${lowestGa.toFixed(4)}`,
    `${linesPerSecond.toLocaleString('en')} lines/s on one core, ${charsPerLine} characters a line (${machine}, ${date})`,
  ].join('\n')
}
