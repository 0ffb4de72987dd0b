import { Command, Option } from 'commander'
import type { z } from 'zod'
import { DEVICES, POOLINGS } from '../../embeddings/onnx/settings.ts'
import { openEmbeddingProvider } from '../../embeddings/open.ts'
import { startEmbeddingServer } from '../../embeddings/server/index.ts'
import { type ServerSettings, serverSettings } from '../../embeddings/server/settings.ts'
import { embeddingSettings } from '../../embeddings/settings.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { jsonLogger } from '../logging.ts'
import { stopSignal } from '../stop-signal.ts'

/** What commander reads; keys are its own, camelCase. */
type Flags = Readonly<Record<string, string | true | undefined>>

export function embedServerCommand(): Command {
  return new Command('embed-server')
    .addOption(
      new Option('--provider <name>', 'onnx, or static, which needs no model')
        .choices(['onnx', 'static'])
        .default('onnx'),
    )
    .addOption(
      new Option('--model <folder>', 'folder of the model (sensorium model pull)').env('SENSORIUM_EMBED_MODEL'),
    )
    .addOption(new Option('--endpoint <host:port>', 'where to listen (127.0.0.1:8000)').env('SENSORIUM_EMBED_ENDPOINT'))
    .addOption(new Option('--device <name>', 'auto, cpu, cuda, webgpu').choices(DEVICES).env('SENSORIUM_EMBED_DEVICE'))
    .option('--model-file <path>', 'model file in the folder, when it is not model.onnx or onnx/model.onnx')
    .addOption(new Option('--pooling <name>', 'for a folder that does not say').choices(POOLINGS))
    .option('--workers <n>', 'worker threads, each with the whole model (1)')
    .option('--threads <n>', 'threads of one worker inside the model (all cores but one)')
    .option('--dimensions <n>', 'static only (128)')
    .option('--insecure', 'listen where other machines can reach it, without a token')
    .option('--max-texts-per-call <n>', 'past it 413 (32)')
    .option('--max-body-bytes <n>', 'past it 413 (2097152)')
    .option('--max-batch-texts <n>', 'texts that go through the model together (64)')
    .option('--max-batch-wait-ms <n>', 'how long a text waits for others (5)')
    .option('--max-queue-texts <n>', 'past it 429 (1024)')
    .option('--queue-timeout-ms <n>', 'past it 503 (20000)')
    .addOption(new Option('--log-level <name>').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .addHelpText(
      'after',
      `
Environment: SENSORIUM_EMBED_TOKEN (bearer token that callers must send), SENSORIUM_EMBED_MODEL,
SENSORIUM_EMBED_ENDPOINT, SENSORIUM_EMBED_DEVICE. GET /healthz tells the model, its dimensions and the device.

  sensorium model pull BAAI/bge-large-en-v1.5 --hub https://…
  sensorium embed-server --model data/models/BAAI/bge-large-en-v1.5
  curl 127.0.0.1:8000/embed -H 'content-type: application/json' -d '{"texts": ["payment timed out"]}'`,
    )
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const logger = jsonLogger(String(flags.logLevel))
  // Loading a model takes a while; a fault in the flags and a taken port are told before.
  const settings = listenSettings(flags)
  const wanted = providerSettings(flags)
  const server = await startEmbeddingServer(settings, logger)
  logger.info({ endpoint: server.address }, 'loading the model')
  const stopping = stopSignal()
  const loading = new AbortController()
  const opening = openEmbeddingProvider(wanted, logger, loading.signal)
  const provider = await Promise.race([opening, stopping.then(() => undefined)])
  if (provider !== undefined) {
    server.serve(provider)
    const { id: model, dimensions, device } = provider
    logger.info({ model, dimensions, device, endpoint: server.address }, 'ready')
  }
  logger.info({ reason: await stopping }, 'stopping: answering what is under way')
  await server.stop()
  loading.abort()
  await opening.then(opened => opened.close()).catch(() => logger.info('the model was not loaded to the end'))
  logger.info('stopped')
}

function providerSettings(flags: Flags) {
  if (flags.provider === 'static') {
    return checked(embeddingSettings, { provider: 'static', dimensions: number(flags.dimensions) })
  }
  if (flags.model === undefined) {
    throw new SensoriumError(
      'USAGE',
      'name the folder of a model with --model (sensorium model pull fetches one), or take --provider static',
    )
  }
  return checked(embeddingSettings, {
    provider: 'onnx',
    model_dir: flags.model,
    model_file: flags.modelFile,
    pooling: flags.pooling,
    device: flags.device,
    workers: number(flags.workers),
    threads: number(flags.threads),
    batch_size: number(flags.maxBatchTexts),
  })
}

function listenSettings(flags: Flags): ServerSettings {
  return checked(serverSettings, {
    endpoint: flags.endpoint,
    token: process.env.SENSORIUM_EMBED_TOKEN,
    insecure: flags.insecure,
    max_texts_per_call: number(flags.maxTextsPerCall),
    max_body_bytes: number(flags.maxBodyBytes),
    max_batch_texts: number(flags.maxBatchTexts),
    max_batch_wait_ms: number(flags.maxBatchWaitMs),
    max_queue_texts: number(flags.maxQueueTexts),
    queue_timeout_ms: number(flags.queueTimeoutMs),
    max_concurrent_batches: number(flags.workers),
  })
}

/** What is no number is left to the schema, which names the fault. */
function number(flag: string | true | undefined): number | string | true | undefined {
  return typeof flag === 'string' && /^\d+$/.test(flag) ? Number(flag) : flag
}

/** Flags are named as the settings are, with dashes. */
function checked<S extends z.ZodType>(schema: S, settings: Readonly<Record<string, unknown>>): z.output<S> {
  const result = schema.safeParse(settings)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => `${flagOf(String(path[0]))}: ${message}`)
  throw new SensoriumError('USAGE', faults.join('\n'))
}

function flagOf(key: string): string {
  return key === 'token' ? 'SENSORIUM_EMBED_TOKEN' : `--${key === 'model_dir' ? 'model' : key.replaceAll('_', '-')}`
}
