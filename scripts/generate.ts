import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { components } from '../cli/components.ts'
import { SECTIONS } from '../cli/configuration.ts'
import { generatedFiles } from '../dashboards/index.ts'
import { configJsonSchema } from '../pipeline/config/json-schema.ts'
import { readAlerts } from '../receivers/reflexes/alerts-file.ts'
import { systemMapJsonSchema } from '../receivers/reflexes/system-map-file.ts'
import { toolReference } from './agent-pages.ts'
import { clientPages } from './client-pages.ts'
import { clusterConfig, containerWithEmbeddings } from './container-config.ts'
import { generateSchemaSql } from './generate-schema.ts'
import { licenceCopies } from './licences.ts'
import { configReference } from './reference.ts'

/** Writes every generated file; with `--check`, writes nothing and fails where one differs from what is committed. */
const ROOT = path.resolve(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')
const { watch } = await readAlerts(path.join(ROOT, 'config/alerts.yaml'))

const files: [string, () => Promise<string> | string][] = [
  ['config/schema.json', () => `${JSON.stringify(configJsonSchema(components, SECTIONS), null, 2)}\n`],
  ['config/system-map.schema.json', () => `${JSON.stringify(systemMapJsonSchema(), null, 2)}\n`],
  ['docs/reference/config.md', () => configReference(components, SECTIONS)],
  ['docs/reference/tools.md', toolReference],
  ['sql/schema.sql', generateSchemaSql],
  ['config/container-embeddings.yaml', () => containerWithEmbeddings(ROOT)],
  ['deploy/kubernetes/base/config/gateway.yaml', () => clusterConfig(ROOT, 'gateway')],
  ['deploy/kubernetes/base/config/worker.yaml', () => clusterConfig(ROOT, 'worker')],
  ...generatedFiles(watch).map(([name, text]): [string, () => string] => [`dashboards/generated/${name}`, () => text]),
  ...clientPages(ROOT),
  ...licenceCopies(ROOT),
]

for (const [name, make] of files) {
  const file = path.join(ROOT, name)
  const made = await make()
  const current = await readFile(file, 'utf8').catch(() => '')
  if (made === current) continue
  if (isCheck) {
    console.error(`${name} is not what the source says; run: npm run generate`)
    process.exitCode = 1
  } else {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, made)
    console.log(`wrote ${name}`)
  }
}
