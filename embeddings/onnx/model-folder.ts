import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { EmbeddingError, errorText } from '../errors.ts'
import { readManifest } from '../manifest.ts'
import { queryInstructionOf, sentenceTransformersFile } from './instruction.ts'
import type { OnnxSettings, Pooling } from './settings.ts'

/** What a model folder says about its model. */
export interface ModelFolder {
  /** The model's name at its hub where the folder was pulled, else the folder's name. */
  readonly name: string
  /** Twelve hex digits over all that decides the vectors, wherever the folder came from. */
  readonly revision: string
  readonly modelFile: string
  readonly tokenizer: object
  readonly tokenizerConfig: object
  /** Absent where no file says it; a model whose output is pooled needs none. */
  readonly pooling: Pooling | undefined
  /** Tokens of one text with the special ones; what is longer is cut. */
  readonly maxTokens: number
  readonly padTokenId: number
  readonly lowerCase: boolean
  /** What its questions begin with. */
  readonly queryInstruction: string | undefined
}

/** The whole model first; then what quantisation to int8 leaves, under the names that exporters give it. */
export const MODEL_FILES = [
  'model.onnx',
  'onnx/model.onnx',
  'model_quantized.onnx',
  'onnx/model_quantized.onnx',
  'model_int8.onnx',
  'onnx/model_int8.onnx',
]
/** For a folder that names no limit: BERT's. */
const DEFAULT_MAX_TOKENS = 512
/** Families whose position 0 is not the first: they count from the padding token's id plus one (fairseq's habit). */
const SHIFTED_POSITIONS = new Set(['roberta', 'xlm-roberta', 'camembert', 'mpnet'])

const count = z.number().positive().optional()
const configFile = z.looseObject({
  model_type: z.string().optional(),
  _name_or_path: z.string().optional(),
  max_position_embeddings: count,
  pad_token_id: z.number().int().min(0).nullish(),
})
const tokenizerConfigFile = z.looseObject({ model_max_length: count })
const sentenceFile = z.looseObject({ max_seq_length: count.nullable(), do_lower_case: z.boolean().optional() })
const modulesFile = z.array(z.looseObject({ type: z.string(), path: z.string() }))
const poolingFile = z.looseObject({ pooling_mode: z.string().optional() })

/** Reads what the folder says. @throws EmbeddingError MODEL_UNUSABLE naming the file and what to do; an AbortError */
export async function readModelFolder(settings: OnnxSettings, signal?: AbortSignal): Promise<ModelFolder> {
  const folder = path.resolve(settings.model_dir)
  const modelFile = await findModelFile(folder, settings.model_file)
  const tokenizer = await readJson(folder, 'tokenizer.json', z.looseObject({}))
  if (tokenizer === undefined) {
    throw unusable(folder, 'has no tokenizer.json; a vocab.txt alone does not do, so export the fast tokenizer')
  }
  const tokenizerConfig = await readJson(folder, 'tokenizer_config.json', tokenizerConfigFile)
  const config = await readJson(folder, 'config.json', configFile)
  const sentence = await readJson(folder, 'sentence_bert_config.json', sentenceFile)
  const pooling = (await readPooling(folder)) ?? settings.pooling
  const positions = positionsOf(config)
  const wanted = sentence?.max_seq_length ?? tokenizerConfig?.model_max_length ?? positions ?? DEFAULT_MAX_TOKENS
  const facts = {
    tokenizer,
    pooling,
    maxTokens: Math.min(wanted, positions ?? wanted),
    padTokenId: config?.pad_token_id ?? 0,
    lowerCase: sentence?.do_lower_case ?? false,
  }
  const manifest = await readManifest(folder)
  const prompts = await readJson(folder, 'config_sentence_transformers.json', sentenceTransformersFile)
  const name = manifest?.model ?? path.basename(folder)
  return {
    ...facts,
    name,
    queryInstruction: settings.query_instruction ?? queryInstructionOf(prompts, [name, config?._name_or_path]),
    revision: await revisionOf(modelFile, facts, signal),
    modelFile,
    tokenizerConfig: tokenizerConfig ?? {},
  }
}

async function findModelFile(folder: string, wanted: string | undefined): Promise<string> {
  const candidates = wanted === undefined ? MODEL_FILES : [wanted]
  for (const name of candidates) {
    const file = path.join(folder, name)
    if (await exists(file)) return file
  }
  throw unusable(folder, `has no ${candidates.join(', ')}; fetch a model with sensorium model pull, or name its file`)
}

function positionsOf(config: z.output<typeof configFile> | undefined): number | undefined {
  if (config?.max_position_embeddings === undefined) return undefined
  const isShifted = SHIFTED_POSITIONS.has(config.model_type ?? '')
  return config.max_position_embeddings - (isShifted ? (config.pad_token_id ?? 1) + 1 : 0)
}

/** From modules.json to the pooling's own file. A module that we would have to leave out makes the vectors wrong. */
async function readPooling(folder: string): Promise<Pooling | undefined> {
  const modules = await readJson(folder, 'modules.json', modulesFile)
  const kinds = modules?.map(({ type, path: at }) => ({ kind: type.split('.').at(-1)!, at })) ?? []
  const foreign = kinds.filter(({ kind }) => !['Transformer', 'Pooling', 'Normalize'].includes(kind))
  if (foreign.length > 0) {
    const names = foreign.map(({ kind }) => kind).join(', ')
    throw unusable(folder, `has modules that are not supported (${names} in modules.json); choose a model without them`)
  }
  const name = path.join(kinds.find(({ kind }) => kind === 'Pooling')?.at ?? '1_Pooling', 'config.json')
  const file = await readJson(folder, name, poolingFile)
  return file === undefined ? undefined : poolingIn(folder, name, file)
}

const POOLING_NAMES: Readonly<Record<string, Pooling>> = {
  cls: 'cls',
  cls_token: 'cls',
  mean: 'mean',
  mean_tokens: 'mean',
  max: 'max',
  max_tokens: 'max',
  lasttoken: 'last',
}

/** `pooling_mode_mean_tokens: true`, or in younger folders `pooling_mode: "mean"`. */
function poolingIn(folder: string, name: string, file: z.output<typeof poolingFile>): Pooling {
  const flags = Object.keys(file).filter(key => key.startsWith('pooling_mode_') && file[key] === true)
  const modes =
    file.pooling_mode === undefined ? flags.map(key => key.slice('pooling_mode_'.length)) : [file.pooling_mode]
  const pooling = modes.length === 1 ? POOLING_NAMES[modes[0]!] : undefined
  if (pooling !== undefined) return pooling
  throw unusable(
    folder,
    `asks in ${name} for the pooling "${modes.join(' and ')}"; one of cls, mean, max, lasttoken is supported`,
  )
}

/** Undefined when there is no such file. */
async function readJson<S extends z.ZodType>(
  folder: string,
  name: string,
  schema: S,
): Promise<z.output<S> | undefined> {
  const file = path.join(folder, name)
  if (!(await exists(file))) return undefined
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : errorText(error)
    throw unusable(folder, `holds a ${name} that cannot be used: ${why}`, error)
  }
}

async function revisionOf(modelFile: string, facts: object, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(facts))
  await addFile(hash, modelFile, signal)
  // Weights past 2 GB lie in a file beside the graph.
  if (await exists(`${modelFile}_data`)) await addFile(hash, `${modelFile}_data`, signal)
  return hash.digest('hex').slice(0, 12)
}

async function addFile(hash: Hash, file: string, signal?: AbortSignal): Promise<void> {
  const stream = createReadStream(file, { highWaterMark: 1024 * 1024, ...(signal !== undefined && { signal }) })
  for await (const chunk of stream) hash.update(chunk as Buffer) // no encoding is set
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

function unusable(folder: string, what: string, cause?: unknown): EmbeddingError {
  return new EmbeddingError('MODEL_UNUSABLE', `the model folder ${folder} ${what}`, { cause })
}
