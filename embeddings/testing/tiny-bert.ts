import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { encodeModel, FLOAT, FLOAT16, type Graph, INT64, type Node, type Weights } from './onnx-file.ts'
import { tokenizerJson, VOCABULARY } from './vocabulary.ts'

/**
 * A real BERT in small: word, position and type embeddings, layer norm, one attention layer with a mask, one
 * feed-forward layer. Weights come from a seed, so different texts get different vectors and runs agree.
 */
export const HIDDEN = 32
export const FEED_FORWARD = 64
export const MAX_POSITIONS = 48
const TYPES = 2

export interface TinyBertOptions {
  /** What `1_Pooling/config.json` says; `none` leaves the file out. */
  readonly pooling?: 'cls' | 'mean' | 'max' | 'none'
  /** Whether `modules.json` ends with a Normalize module. */
  readonly normalize?: boolean
  readonly maxTokens?: number
  /** A model whose last hidden state is of half precision. */
  readonly halfPrecision?: boolean
  /** Weights of the layers as int8 with a scale each, as a quantised model keeps them. */
  readonly quantised?: boolean
  /** `prompts` of config_sentence_transformers.json. */
  readonly prompts?: Readonly<Record<string, string>>
  /** Without, the model takes no `token_type_ids`, as RoBERTa and its kin. */
  readonly tokenTypes?: boolean
  readonly seed?: number
  /** A word of the vocabulary whose weights are no numbers, as an overflow leaves them. */
  readonly brokenWord?: string
  /** Where the model file lies in the folder. */
  readonly file?: string
}

export type TinyBertWeights = ReadonlyMap<string, Weights>

/** The weights by name, the same for the same seed: xorshift numbers, scaled so that no layer saturates. */
export function tinyBertWeights(seed = 7): TinyBertWeights {
  let state = seed
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 0x1_0000_0000 - 0.5
  }
  const shapes: [string, number[], number][] = [
    ['word', [VOCABULARY.length, HIDDEN], 2],
    ['position', [MAX_POSITIONS, HIDDEN], 0.4],
    ['type', [TYPES, HIDDEN], 0.4],
    ['query', [HIDDEN, HIDDEN], 0.6],
    ['key', [HIDDEN, HIDDEN], 0.6],
    ['value', [HIDDEN, HIDDEN], 0.6],
    ['out', [HIDDEN, HIDDEN], 0.6],
    ['up', [HIDDEN, FEED_FORWARD], 0.6],
    ['down', [FEED_FORWARD, HIDDEN], 0.6],
    ['scale', [HIDDEN], 0],
    ['shift', [HIDDEN], 0.2],
  ]
  return new Map(
    shapes.map(([name, shape, spread]) => {
      const count = shape.reduce((product, size) => product * size, 1)
      const values = Float32Array.from({ length: count }, () => (name === 'scale' ? 1 : next() * spread))
      return [name, { name, shape, values }]
    }),
  )
}

/** Writes the folder as a hub serves it, under `folder`, which is made. */
export async function writeTinyBert(folder: string, options: TinyBertOptions = {}): Promise<void> {
  for (const [file, content] of Object.entries(tinyBertFiles(options))) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
    await writeFile(path.join(folder, file), content)
  }
}

/** Content by path in the folder. */
export function tinyBertFiles(options: TinyBertOptions = {}): Record<string, Uint8Array> {
  const { pooling = 'mean', normalize = true, maxTokens = 24, file = 'model.onnx' } = options
  const json = (value: unknown) => Buffer.from(JSON.stringify(value, undefined, 2))
  const module = (idx: number, name: string, folder: string) => ({
    idx,
    name: String(idx),
    path: folder,
    type: `sentence_transformers.models.${name}`,
  })
  return {
    [file]: encodeModel(tinyBertGraph(options)),
    'tokenizer.json': json(tokenizerJson()),
    'tokenizer_config.json': json({ model_max_length: 512, tokenizer_class: 'BertTokenizer', do_lower_case: true }),
    'config.json': json({ model_type: 'bert', hidden_size: HIDDEN, max_position_embeddings: MAX_POSITIONS }),
    ...(options.prompts && { 'config_sentence_transformers.json': json({ prompts: options.prompts }) }),
    'sentence_bert_config.json': json({ max_seq_length: maxTokens, do_lower_case: true }),
    'modules.json': json([
      module(0, 'Transformer', ''),
      module(1, 'Pooling', '1_Pooling'),
      ...(normalize ? [module(2, 'Normalize', '2_Normalize')] : []),
    ]),
    ...(pooling !== 'none' && {
      '1_Pooling/config.json': json({
        word_embedding_dimension: HIDDEN,
        pooling_mode_cls_token: pooling === 'cls',
        pooling_mode_mean_tokens: pooling === 'mean',
        pooling_mode_max_tokens: pooling === 'max',
        pooling_mode_mean_sqrt_len_tokens: false,
      }),
    }),
  }
}

/** The layers' weights in 255 steps, and the nodes that make numbers of them again. */
function quantised(weights: TinyBertWeights): { readonly nodes: Node[]; readonly weights: Weights[] } {
  const nodes: Node[] = []
  const kept: Weights[] = []
  for (const one of weights.values()) {
    if (!QUANTISED.has(one.name)) {
      kept.push(one)
      continue
    }
    const values = Array.from(one.values, Number)
    const scale = Math.max(...values.map(Math.abs)) / 127
    const steps = Int8Array.from(values, value => Math.round(value / scale))
    kept.push({ ...one, name: `${one.name}_steps`, values: steps })
    kept.push({ name: `${one.name}_scale`, shape: [], values: Float32Array.of(scale) })
    const inputs = [`${one.name}_steps`, `${one.name}_scale`]
    nodes.push({ operator: 'DequantizeLinear', inputs, outputs: [one.name] })
  }
  return { nodes, weights: kept }
}

const QUANTISED = new Set(['query', 'key', 'value', 'out', 'up', 'down'])

function tinyBertGraph(options: TinyBertOptions): Graph {
  const { halfPrecision = false, tokenTypes = true, seed, brokenWord } = options
  const weights = tinyBertWeights(seed)
  if (brokenWord !== undefined) {
    const from = VOCABULARY.indexOf(brokenWord) * HIDDEN
    weights.get('word')!.values.fill(Number.NaN as never, from, from + HIDDEN)
  }
  const stored = options.quantised ? quantised(weights) : { nodes: [], weights: [...weights.values()] }
  const node = (operator: string, inputs: string, output: string, attributes?: Node['attributes']): Node => ({
    operator,
    inputs: inputs.split(' '),
    outputs: [output],
    ...(attributes !== undefined && { attributes }),
  })
  const ids = (name: string) => ({ name, type: INT64, shape: ['batch', 'sequence'] }) as const
  const integers = (name: string, ...values: bigint[]): Weights => ({
    name,
    shape: name.endsWith('_axes') ? [values.length] : [],
    values: BigInt64Array.from(values),
  })
  const number = (name: string, value: number): Weights => ({ name, shape: [], values: Float32Array.of(value) })
  return {
    nodes: [
      ...stored.nodes,
      node('Gather', 'word input_ids', 'words'),
      node('Shape', 'input_ids', 'size'),
      node('Gather', 'size one', 'length'),
      node('Range', 'zero length one', 'places'),
      node('Gather', 'position places', 'positions'),
      node('Add', 'words positions', 'placed'),
      ...(tokenTypes ? [node('Gather', 'type token_type_ids', 'types'), node('Add', 'placed types', 'summed')] : []),
      node('LayerNormalization', `${tokenTypes ? 'summed' : 'placed'} scale shift`, 'x', { axis: 2 }),
      // What the mask leaves out gets a score so low that its share is zero.
      node('Cast', 'attention_mask', 'mask_float', { to: FLOAT }),
      node('Sub', 'one_float mask_float', 'masked'),
      node('Mul', 'masked lowest', 'penalty'),
      node('Unsqueeze', 'penalty middle_axes', 'penalties'),
      node('MatMul', 'x query', 'q'),
      node('MatMul', 'x key', 'k'),
      node('MatMul', 'x value', 'v'),
      node('Transpose', 'k', 'k_turned', { perm: [0, 2, 1] }),
      node('MatMul', 'q k_turned', 'products'),
      node('Mul', 'products temperature', 'scores'),
      node('Add', 'scores penalties', 'scores_masked'),
      node('Softmax', 'scores_masked', 'shares', { axis: 2 }),
      node('MatMul', 'shares v', 'context'),
      node('MatMul', 'context out', 'attended'),
      node('Add', 'x attended', 'attended_sum'),
      node('LayerNormalization', 'attended_sum scale shift', 'y', { axis: 2 }),
      node('MatMul', 'y up', 'wide'),
      node('Relu', 'wide', 'wide_positive'),
      node('MatMul', 'wide_positive down', 'narrow'),
      node('Add', 'y narrow', 'narrow_sum'),
      node('LayerNormalization', 'narrow_sum scale shift', halfPrecision ? 'z' : 'last_hidden_state', { axis: 2 }),
      ...(halfPrecision ? [node('Cast', 'z', 'last_hidden_state', { to: FLOAT16 })] : []),
    ],
    weights: [
      ...stored.weights,
      integers('zero', 0n),
      integers('one', 1n),
      integers('middle_axes', 1n),
      number('one_float', 1),
      number('lowest', -10_000),
      number('temperature', 1 / Math.sqrt(HIDDEN)),
    ],
    inputs: [ids('input_ids'), ids('attention_mask'), ...(tokenTypes ? [ids('token_type_ids')] : [])],
    outputs: [
      {
        name: 'last_hidden_state',
        type: halfPrecision ? FLOAT16 : FLOAT,
        shape: ['batch', 'sequence', HIDDEN],
      },
    ],
  }
}
