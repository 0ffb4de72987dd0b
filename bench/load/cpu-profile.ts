import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Where a process of ours spent its time, from the profile that Node writes at its end (`--cpu-prof`). Each sample goes
 * to the stage whose folder its innermost frame of ours is in; below our own frames are those of the runtime, which work
 * for whoever called them.
 */
export const PROFILE_FLAGS = '--cpu-prof --cpu-prof-interval=2000 --cpu-prof-dir='

const STAGES: readonly (readonly [stage: string, folder: RegExp])[] = [
  ['decode', /\/receivers\/otlp\/wire\//],
  ['processors', /\/(processors|analysis|embeddings)\//],
  [
    'encode',
    /\/exporters\/timescale\/(rows|shapes|events|encode|json|copy-buffer|slice-writer|dimensions|dictionary\.|promoted|bounded-text)/,
  ],
  ['commit', /\/(exporters\/timescale|node_modules\/(pg|pg-copy-streams|pg-protocol))\//],
  ['receive', /\/(receivers|node_modules\/@grpc|pipeline)\//],
]

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Stage → its share of the time in which the process worked; `wait` → its share of all the time. */
export function stageShares(folder: string): Readonly<Record<string, number>> {
  const [file] = readdirSync(folder).filter(name => name.endsWith('.cpuprofile'))
  const profile = JSON.parse(readFileSync(path.join(folder, file!), 'utf8')) as Profile // Node's own format
  const stages = stageByNode(profile)
  const micros = new Map<string, number>()
  profile.samples.forEach((id, i) => {
    const stage = stages.get(id) ?? 'other'
    micros.set(stage, (micros.get(stage) ?? 0) + (profile.timeDeltas[i] ?? 0))
  })
  const all = [...micros.values()].reduce((sum, time) => sum + time, 0)
  const idle = micros.get('wait') ?? 0
  return Object.fromEntries(
    [...micros].map(([stage, time]) => [stage, stage === 'wait' ? time / all : time / (all - idle)]),
  )
}

function stageByNode({ nodes }: Profile): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const stages = new Map<number, string>()
  const visit = (id: number, above: string): void => {
    const node = byId.get(id)!
    const { functionName, url } = node.callFrame
    let stage = STAGES.find(([, folder]) => folder.test(url))?.[0] ?? above
    if (functionName === '(idle)') stage = 'wait'
    if (functionName === '(garbage collector)') stage = 'garbage collection'
    stages.set(id, stage)
    for (const child of node.children ?? []) visit(child, stage)
  }
  visit(nodes[0]!.id, 'other')
  return stages
}
