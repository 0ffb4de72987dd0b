import path from 'node:path'
import { Command, Option } from 'commander'
import { listModels } from '../../embeddings/models.ts'
import { hubAt } from '../../embeddings/pull/hub.ts'
import { pullModel } from '../../embeddings/pull/index.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { printJson } from '../terminal/guard.ts'
import { startProgressBar } from '../terminal/progress-bar.ts'
import { printTable } from '../terminal/table.ts'

const directoryOption = () =>
  new Option('--dir <folder>', 'folder of all models').env('SENSORIUM_MODELS_DIR').default('data/models')

export function modelCommand(): Command {
  return new Command('model').addCommand(pullCommand()).addCommand(listCommand())
}

interface PullFlags {
  readonly hub?: string
  readonly dir: string
  readonly to?: string
  readonly revision: string
  readonly file?: string
}

function pullCommand(): Command {
  return new Command('pull')
    .description('fetch a model folder from a hub, with checksums; goes on where an earlier call stopped')
    .argument('<model>', 'name at the hub, such as BAAI/bge-large-en-v1.5')
    .addOption(new Option('--hub <url>', 'base URL of the hub').env('SENSORIUM_HUB_URL'))
    .addOption(directoryOption())
    .option('--to <folder>', 'folder of this model (default: <dir>/<model>)')
    .option('--revision <name>', 'branch, tag or commit', 'main')
    .option('--file <path>', 'model file, where the hub has several (default: model.onnx or onnx/model.onnx)')
    .addHelpText(
      'after',
      `
Environment: SENSORIUM_HUB_URL, SENSORIUM_HUB_TOKEN (a bearer token, for models that want one), SENSORIUM_MODELS_DIR.
A hub is any server that lists the files of a model at /api/models/<model>/tree/<revision>?recursive=true and serves
them at /<model>/resolve/<revision>/<file>: a public one, or a mirror of your own.`,
    )
    .action(pull)
}

async function pull(model: string, flags: PullFlags): Promise<void> {
  if (flags.hub === undefined) {
    throw new SensoriumError(
      'USAGE',
      'no hub is named, and none is built in: give the base URL of the hub or mirror that you trust with --hub or SENSORIUM_HUB_URL',
    )
  }
  const hub = hubAt(flags.hub, process.env.SENSORIUM_HUB_TOKEN)
  const folder = path.resolve(flags.to ?? path.join(flags.dir, model))
  const bar = startProgressBar(process.stderr)
  const interrupt = new AbortController()
  const onSignal = () => interrupt.abort()
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    const { manifest, isNew } = await pullModel({
      hub,
      model,
      revision: flags.revision,
      folder,
      modelFile: flags.file,
      signal: interrupt.signal,
      onProgress: ({ file, bytes, totalBytes }) => bar.update(file, bytes, totalBytes),
      onRetry: message => bar.print(message),
    })
    bar.stop()
    const what = `${model} at ${manifest.commit ?? manifest.revision}`
    console.log(isNew ? `${what} is in ${folder}` : `${what} was in ${folder} already`)
  } catch (error) {
    bar.stop()
    if (!interrupt.signal.aborted) throw error
    throw new SensoriumError('USAGE', 'interrupted; the same command goes on where it stopped', { cause: error })
  }
}

function listCommand(): Command {
  return new Command('list')
    .description('list the models that were pulled')
    .addOption(directoryOption())
    .option('--json', 'print one array of objects')
    .action(async (flags: { dir: string; json?: true }) => {
      const models = await listModels(path.resolve(flags.dir))
      if (flags.json) printJson(models)
      else if (models.length === 0)
        console.log(`no models in ${flags.dir}; fetch one with sensorium model pull <model>`)
      else {
        const rows = models.map(({ name, revision, bytes, pulledAt, folder }) => ({
          model: name,
          revision,
          MiB: Math.ceil(bytes / 1024 / 1024),
          pulled: pulledAt.slice(0, 10),
          folder: path.relative('.', folder),
        }))
        printTable(['model', 'revision', 'MiB', 'pulled', 'folder'], rows)
      }
    })
}
