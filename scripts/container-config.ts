import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parse, stringify } from 'yaml'

const EMBED = '  embed:\n'
const HEAD = '# Generated from config/container.yaml: the same with the embedding service of docker-compose.yml.\n#\n'
const SERVICE = `    model:
      provider: http
      url: http://embeddings:8000
      model: BAAI/bge-large-en-v1.5
      dimensions: 1024
      token: \${env:SENSORIUM_EMBED_TOKEN}
`

/** The configuration of the image for those who run the embedding service beside it. */
export async function containerWithEmbeddings(root: string): Promise<string> {
  const text = await readFile(path.join(root, 'config/container.yaml'), 'utf8')
  if (text.split(EMBED).length !== 2) throw new Error(`config/container.yaml should have one line of ${EMBED.trim()}`)
  return HEAD + text.replace(EMBED, EMBED + SERVICE)
}

/** Receivers that work on what is stored, by the lead; they run where nobody sends. */
const WORK: ReadonlySet<string> = new Set([
  'fingerprints',
  'silent_nodes',
  'anomalies',
  'slos',
  'incidents',
  'reports',
  'triage',
])

interface Config {
  readonly receivers: Readonly<Record<string, unknown>>
  readonly processors: Readonly<Record<string, unknown>>
  readonly exporters: Readonly<Record<string, unknown>>
  readonly service: { readonly pipelines: Readonly<Record<string, Pipeline>> }
}

interface Pipeline {
  readonly receivers: readonly string[]
  readonly processors?: readonly string[]
  readonly exporters: readonly string[]
}

/** One of the two halves of config/container.yaml that deploy/kubernetes runs: what takes, and what works on what is stored. */
export async function clusterConfig(root: string, half: 'gateway' | 'worker'): Promise<string> {
  const whole = parse(await readFile(path.join(root, 'config/container.yaml'), 'utf8')) as Config // it is checked by tests
  const isWorker = half === 'worker'
  const isHere = (receiver: string) => WORK.has(receiver) === isWorker
  const pipelines = Object.entries(whole.service.pipelines)
    .map(([name, pipeline]) => [name, { ...pipeline, receivers: pipeline.receivers.filter(isHere) }] as const)
    .filter(([, { receivers }]) => receivers.length > 0)
    // Embedding goes by what is stored, so it is the worker's as well.
    .map(([name, pipeline]) => [name, isWorker ? { processors: ['embed'], ...pipeline } : pipeline] as const)
  const used = new Set(pipelines.flatMap(([, { processors = [], exporters }]) => [...processors, ...exporters]))
  const config = {
    receivers: only(whole.receivers, isHere),
    processors: only(whole.processors, name => used.has(name)),
    exporters: only(whole.exporters, name => used.has(name)),
    service: { ...whole.service, pipelines: Object.fromEntries(pipelines) },
  }
  const head = `# Generated from config/container.yaml: the half of a ${half}. What keys mean stands there.\n`
  return head + stringify(config, { nullStr: '', lineWidth: 0 })
}

const only = (of: Readonly<Record<string, unknown>>, isKept: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(of).filter(([name]) => isKept(name)))
