import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { EmbeddingError, errorText } from '../errors.ts'
import { toUnitLength } from '../unit-length.ts'
import type { ModelFolder } from './model-folder.ts'
import { pool } from './pooling.ts'
import { type OpenedSession, openSession } from './session.ts'
import type { Device, DeviceWish } from './settings.ts'
import { openTokenizer, type PaddedBatch, padded, type Tokenize } from './tokens.ts'

/** An opened model: what a worker thread holds. */
export interface OnnxModel {
  readonly device: Device
  readonly fallback: string | undefined
  /** One run of the model. */
  embed(texts: readonly string[], normalize: boolean): Promise<{ vectors: Float32Array[]; tokens: number[] }>
}

export interface OpenOptions {
  readonly folder: ModelFolder
  readonly device: DeviceWish
  readonly threads: number
}

export async function openModel({ folder, device: wish, threads }: OpenOptions): Promise<OnnxModel> {
  const tokenize = tokenizerOf(folder)
  const { session, device, fallback } = await sessionOf(folder, wish, threads)
  const toInputs = inputsOf(session, folder)
  const toVectors = outputOf(session, folder)
  return {
    device,
    fallback,
    embed: async (texts, normalize) => {
      const batch = padded(texts.map(tokenize), folder.padTokenId)
      const outputs = await session.run(toInputs(batch), [toVectors.name])
      const vectors = toVectors.read(outputs[toVectors.name]!, batch)
      return { vectors: normalize ? vectors.map(toUnitLength) : vectors, tokens: [...batch.lengths] }
    },
  }
}

function tokenizerOf(folder: ModelFolder): Tokenize {
  try {
    return openTokenizer(folder)
  } catch (error) {
    throw unusable(folder, `has a tokenizer.json that cannot be used: ${errorText(error)}`, error)
  }
}

async function sessionOf(folder: ModelFolder, wish: DeviceWish, threads: number): Promise<OpenedSession> {
  try {
    return await openSession(folder.modelFile, wish, threads)
  } catch (error) {
    throw unusable(folder, `cannot be loaded; is the file whole? ${errorText(error)}`, error)
  }
}

/** A model takes some of these, under these names; RoBERTa and its kin have no token types. */
const INPUTS: Readonly<Record<string, (batch: PaddedBatch) => Int32Array>> = {
  input_ids: batch => batch.ids,
  attention_mask: batch => batch.mask,
  token_type_ids: batch => new Int32Array(batch.ids.length),
  position_ids: batch => batch.ids.map((_, at) => at % batch.sequence),
}

function inputsOf(session: InferenceSession, folder: ModelFolder) {
  const unknown = session.inputNames.filter(name => !(name in INPUTS))
  if (unknown.length > 0) {
    throw unusable(folder, `wants the inputs ${unknown.join(', ')}; text models take ${Object.keys(INPUTS).join(', ')}`)
  }
  const isShort = session.inputMetadata.some(input => input.isTensor && input.type === 'int32')
  return (batch: PaddedBatch): Record<string, Tensor> => {
    const shape = [batch.lengths.length, batch.sequence]
    const tensor = (values: Int32Array) =>
      isShort ? new Tensor('int32', values, shape) : new Tensor('int64', BigInt64Array.from(values, BigInt), shape)
    return Object.fromEntries(session.inputNames.map(name => [name, tensor(INPUTS[name]!(batch))]))
  }
}

/** An output of a vector for each token is pooled here; one that the graph itself has pooled is taken as it is. */
function outputOf(session: InferenceSession, folder: ModelFolder) {
  const ranks = new Map(session.outputMetadata.map(output => [output.name, output.isTensor ? output.shape.length : 0]))
  if (ranks.has('sentence_embedding')) return { name: 'sentence_embedding', read: rows }
  const names = [...ranks.keys()]
  const name = names.includes('last_hidden_state') ? 'last_hidden_state' : names.find(each => ranks.get(each) === 3)
  if (name === undefined) {
    throw unusable(
      folder,
      `has the outputs ${names.join(', ')}; one named last_hidden_state or sentence_embedding is needed`,
    )
  }
  const { pooling } = folder
  if (pooling === undefined) {
    throw unusable(
      folder,
      'comes without 1_Pooling/config.json; set pooling to what its documentation says (cls or mean, mostly)',
    )
  }
  return {
    name,
    read: (output: Tensor, batch: PaddedBatch) =>
      pool(
        { data: numbersOf(output), sequence: batch.sequence, width: output.dims.at(-1)!, lengths: batch.lengths },
        pooling,
      ),
  }
}

function rows(output: Tensor, batch: PaddedBatch): Float32Array[] {
  const width = output.dims.at(-1)!
  const data = numbersOf(output)
  return batch.lengths.map((_, row) => Float32Array.from({ length: width }, (_number, at) => data[row * width + at]!))
}

/** Single and half precision both read as numbers: Node 24 has Float16Array. */
function numbersOf(output: Tensor): ArrayLike<number> {
  if (output.type === 'float32' || output.type === 'float16') return output.data as ArrayLike<number> // by its type
  throw new EmbeddingError('MODEL_UNUSABLE', `the model answers in ${output.type}; float32 and float16 are supported`)
}

function unusable(folder: ModelFolder, what: string, cause?: unknown): EmbeddingError {
  return new EmbeddingError('MODEL_UNUSABLE', `the model ${folder.modelFile} ${what}`, { cause })
}
