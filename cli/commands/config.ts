import { existsSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Command } from 'commander'
import { stringify } from 'yaml'
import type { Fault } from '../../pipeline/config/fault.ts'
import { configJsonSchema } from '../../pipeline/config/json-schema.ts'
import { checkConfig } from '../../pipeline/config/load.ts'
import type { PlannedComponent } from '../../pipeline/config/plan.ts'
import { invalid, readConfigFile } from '../../pipeline/config/sections.ts'
import { faultsBeside } from '../../receivers/reflexes/files.ts'
import { components } from '../components.ts'
import { configOption } from '../config-option.ts'
import { loadOptions, readConfiguration, SECTIONS } from '../configuration.ts'
import { maskSecrets } from '../mask-secrets.ts'
import { printJson } from '../terminal/guard.ts'

interface Options {
  readonly config: string
  readonly json?: true
}

export function configCommand(): Command {
  const command = new Command('config')
  command
    .command('check')
    .description('report every fault of a file, with line, key and what to do; exit 1 when there is one')
    .addOption(configOption())
    .option(
      '--json',
      'print {"file", "pipelines": […], "faults": [{"line", "column", "key", "message", "suggestion"}]}',
    )
    .action(async (options: Options) => {
      if (options.json) return checkAsJson(options.config)
      const { plan } = await readConfiguration(options.config)
      const faults = await faultsBeside(options.config, existsSync)
      if (faults.length > 0) throw invalid(faults)
      const pipelines = plan.pipelines.map(pipeline => pipeline.id).join(', ')
      console.log(`${path.relative('', path.resolve(options.config))} has no faults; pipelines: ${pipelines}`)
    })
  command
    .command('print')
    .description('print the configuration in force: references expanded, defaults filled in, secrets masked')
    .addOption(configOption())
    .option('--json', 'print JSON in place of YAML')
    .action(async (options: Options) => {
      const { plan } = await readConfiguration(options.config)
      const section = (map: ReadonlyMap<string, PlannedComponent & { settings?: object }>) =>
        Object.fromEntries(
          [...map].map(([id, { config, definition, settings }]) => [
            id,
            maskSecrets({ ...config, ...settings }, definition.config),
          ]),
        )
      const shown = {
        receivers: section(plan.receivers),
        processors: section(plan.processors),
        exporters: section(plan.exporters),
        service: maskSecrets(plan.service),
      }
      if (options.json) printJson(shown, 2)
      else console.log(stringify(shown, { lineWidth: 120 }).trimEnd())
    })
  command
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action(() => {
      printJson(configJsonSchema(components, SECTIONS), 2)
    })
  return command
}

async function checkAsJson(config: string): Promise<void> {
  const file = path.resolve(config)
  const { plan, faults } = await checkConfig(file, await readConfigFile(file), loadOptions(file))
  const beside = (await faultsBeside(file, existsSync)).filter(one => !faults.some(two => isDeepStrictEqual(one, two)))
  const told = [...faults, ...beside].map(one => (one.file === file ? withoutFile(one) : one))
  printJson({ file, pipelines: plan?.pipelines.map(pipeline => pipeline.id) ?? [], faults: told }, 2)
  if (told.length > 0) process.exitCode = 1
}

function withoutFile({ file: _, ...fault }: Fault): object {
  return fault
}
