import { MODEL_FILES } from '../onnx/model-folder.ts'
import { failed, type HubFile } from './hub.ts'

/** What a provider reads, and what says whose model it is and under which terms. */
const WANTED = [
  /^config\.json$/,
  /^config_sentence_transformers\.json$/,
  /^modules\.json$/,
  /^sentence_[a-z]+_config\.json$/,
  /^tokenizer\.json$/,
  /^tokenizer_config\.json$/,
  /^special_tokens_map\.json$/,
  /^vocab\.txt$/,
  /^\d+_[A-Za-z]+\/config\.json$/,
  /^README\.md$/,
  /^LICEN[CS]E(\.[a-z]+)?$/,
]

/**
 * The files of a listing that are worth fetching: a hub keeps the same weights in five formats, gigabytes each.
 *
 * @param modelFile the model file where it is not `model.onnx`, such as `onnx/model_fp16.onnx`
 * @throws EmbeddingError DOWNLOAD_FAILED when there is no ONNX file, or no tokenizer
 */
export function selectFiles(files: readonly HubFile[], model: string, modelFile?: string): HubFile[] {
  const has = (path: string) => files.some(file => file.path === path)
  const graph = modelFile ?? MODEL_FILES.find(has)
  if (graph === undefined || !has(graph)) {
    const others = files.filter(file => file.path.endsWith('.onnx')).map(file => file.path)
    const advice =
      others.length === 0
        ? 'it holds no ONNX file at all: choose another model, or export it'
        : `it has ${others.join(', ')}: name one with --file`
    throw failed(`${model} has no ${modelFile ?? MODEL_FILES.join(' or ')}; ${advice}`)
  }
  if (!has('tokenizer.json'))
    throw failed(`${model} has no tokenizer.json, so its texts cannot be read; choose another`)
  // Weights past 2 GB lie beside the graph, under one of these names.
  const weights = [`${graph}_data`, `${graph}.data`]
  return files.filter(
    ({ path }) => path === graph || weights.includes(path) || WANTED.some(pattern => pattern.test(path)),
  )
}
