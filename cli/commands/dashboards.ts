import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { grafanaConfig } from '../../exporters/grafana/config.ts'
import { createGrafanaDashboard } from '../../exporters/grafana/dashboard.ts'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import { configOption } from '../config-option.ts'
import { printJson } from '../terminal/guard.ts'

interface PushOptions {
  readonly config: string
  readonly to: string
  readonly folder?: string
  readonly message?: string
  readonly json?: true
}

export function dashboardsCommand(): Command {
  return new Command('dashboards')
    .addHelpText(
      'after',
      `
  sensorium dashboards push shop.json --to grafana --folder team-shop`,
    )
    .addCommand(pushCommand())
}

function pushCommand(): Command {
  return new Command('push')
    .description('make a dashboard of its JSON model, or a new version of the one with its uid, and print its URL')
    .argument('<files...>', 'JSON models, as Grafana exports them')
    .addOption(configOption())
    .option('--to <exporter>', 'an exporter grafana of the configuration, which says where and who we are', 'grafana')
    .option('--folder <uid>', 'of the folder; default: Grafana’s root')
    .option('--message <text>', 'for the dashboard’s history')
    .option('--json', 'print JSON')
    .action(async (files: string[], options: PushOptions) => {
      const { readConfiguration } = await import('../configuration.ts')
      const { plan } = await readConfiguration(options.config)
      const planned = plan.exporters.get(options.to)
      if (planned === undefined || planned.definition.type !== 'grafana') {
        throw new SensoriumError('USAGE', `there is no exporter ${options.to} of type grafana in this configuration`)
      }
      const access = grafanaConfig.parse(planned.config)
      const models = await Promise.all(files.map(readModel))
      for (const [i, model] of models.entries()) {
        const url = await push(access, model, options)
        if (options.json) printJson({ file: files[i], url })
        else console.log(url)
      }
    })
}

async function push(
  access: Parameters<typeof createGrafanaDashboard>[0],
  model: object,
  options: PushOptions,
): Promise<string> {
  try {
    return await createGrafanaDashboard(access, model, {
      ...(options.folder === undefined ? {} : { folderUid: options.folder }),
      ...(options.message === undefined ? {} : { message: options.message }),
    })
  } catch (cause) {
    throw new SensoriumError('COMPONENT_FAILED', `the dashboard was not made: ${errorText(cause)}`, { cause })
  }
}

/** Grafana's export wraps the model when it is asked for by the API. */
async function readModel(file: string): Promise<object> {
  let model: unknown
  try {
    model = JSON.parse(await readFile(file, 'utf8')) as unknown
  } catch (cause) {
    throw new SensoriumError('USAGE', `${file}: ${errorText(cause)}`, { cause })
  }
  const inner: unknown = Reflect.get(Object(model), 'dashboard') ?? model
  if (typeof inner !== 'object' || inner === null || typeof Reflect.get(inner, 'title') !== 'string') {
    throw new SensoriumError('USAGE', `${file} is no dashboard: it has no title`)
  }
  return inner
}
