import { z } from 'zod'
import { EmbeddingError } from '../errors.ts'
import type { HttpSettings } from './settings.ts'

const vector = z.union([z.array(z.number()), z.base64()])
const embedAnswer = z.looseObject({
  embeddings: z.array(vector),
  model: z.string().optional(),
  tokens: z.array(z.number()).optional(),
})
const openaiAnswer = z.looseObject({
  data: z.array(z.looseObject({ index: z.int().min(0), embedding: vector })),
})

/**
 * What is sent for a text. A service that refuses one text refuses its whole call, and many refuse an empty one, or
 * half of a surrogate pair, as the cut may leave it.
 */
export function sentText(settings: HttpSettings, text: string): string {
  return text.trim() === '' ? 'empty' : text.slice(0, settings.max_text_chars).toWellFormed()
}

/** The body of a call for `texts`. OpenAI's shape has no word for normalising: its vectors have length one. */
export function requestBody(settings: HttpSettings, texts: readonly string[]): object {
  if (settings.api === 'embed') return { texts, normalize: true }
  // Base64 is a quarter of the digits, and exact.
  return { input: texts, model: settings.model, encoding_format: 'base64' }
}

export interface Answer {
  /** In the order of the texts. */
  readonly vectors: readonly Float32Array[]
  readonly tokens: readonly number[] | undefined
}

/** Reads what the service answered. @throws EmbeddingError when it is not what was asked for */
export function readAnswer(settings: HttpSettings, json: unknown, texts: number): Answer {
  const { vectors, tokens } = settings.api === 'embed' ? readEmbed(settings, json) : readOpenai(settings, json, texts)
  if (vectors.length !== texts) throw refused(settings, `gave ${vectors.length} embeddings for ${texts} texts`)
  for (const each of vectors) {
    if (each.length !== settings.dimensions) {
      throw new EmbeddingError(
        'DIMENSIONS_DIFFER',
        `${settings.url} gave a vector of ${each.length} dimensions, dimensions is ${settings.dimensions}; ` +
          'set it to what the model gives, and re-embed when the model was changed on purpose',
      )
    }
    if (each.every(number => number === 0)) throw refused(settings, 'gave a vector of zeros, which is like no other')
    if (!each.every(Number.isFinite))
      throw refused(settings, 'gave a vector that holds something else than finite numbers')
  }
  return { vectors, tokens: tokens?.length === texts ? tokens : undefined }
}

function readEmbed(settings: HttpSettings, json: unknown): Answer {
  const parsed = embedAnswer.safeParse(json)
  if (!parsed.success)
    throw refused(settings, `did not answer with {"embeddings": [[…]]}; is api: ${settings.api} right?`)
  const { embeddings, model, tokens } = parsed.data
  if (model !== undefined && !isSameModel(settings, model)) {
    const wanted = idOf(settings)
    throw refused(
      settings,
      `serves the model ${model}, the settings say ${wanted}; set model and revision, then re-embed`,
    )
  }
  return { vectors: embeddings.map(numbersOf), tokens }
}

/** `name` serves for any revision of it where the settings name none. */
function isSameModel(settings: HttpSettings, served: string): boolean {
  return served === idOf(settings) || (settings.revision === undefined && served.startsWith(`${settings.model}@`))
}

export function idOf({ model, revision }: HttpSettings): string {
  return revision === undefined ? model : `${model}@${revision}`
}

function readOpenai(settings: HttpSettings, json: unknown, texts: number): Answer {
  const parsed = openaiAnswer.safeParse(json)
  if (!parsed.success) {
    throw refused(settings, `did not answer with {"data": [{"index", "embedding"}]}; is api: ${settings.api} right?`)
  }
  const vectors: Float32Array[] = []
  for (const { index, embedding } of parsed.data.data) vectors[index] = numbersOf(embedding)
  const isWhole = vectors.length === texts && parsed.data.data.length === texts && !vectors.includes(undefined as never)
  return { vectors: isWhole ? vectors : [], tokens: undefined }
}

/** Little-endian 32-bit floats, as OpenAI writes them in base64. */
function numbersOf(embedding: string | readonly number[]): Float32Array {
  if (typeof embedding !== 'string') return Float32Array.from(embedding)
  const bytes = Buffer.from(embedding, 'base64')
  const numbers = new Float32Array(Math.floor(bytes.length / 4))
  return numbers.map((_, at) => bytes.readFloatLE(at * 4))
}

function refused(settings: HttpSettings, what: string): EmbeddingError {
  return new EmbeddingError('SERVICE_REFUSED', `${settings.url} ${what}`)
}
