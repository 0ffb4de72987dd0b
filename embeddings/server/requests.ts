import { z } from 'zod'
import type { EmbeddingProvider } from '../provider.ts'
import { RefusedError } from './refusal.ts'

export interface EmbedRequest {
  readonly texts: readonly string[]
  readonly normalize: boolean
}

export interface OpenaiRequest {
  readonly texts: readonly string[]
  readonly encoding: 'float' | 'base64'
}

const embedBody = z.looseObject({
  texts: z.array(z.string()).min(1, 'is empty; send at least one text'),
  normalize: z.boolean().default(true),
  model: z.string().optional(),
})
const openaiBody = z.looseObject({
  input: z.union([z.string().transform(text => [text]), z.array(z.string()).min(1)], {
    error: 'must be a text or a list of texts; token ids are not taken, since each model has its own',
  }),
  model: z.string().optional(),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: z.int().optional(),
})

/** Reads `POST /embed`. @throws RefusedError 400, 404, 413 */
export function readEmbedBody(json: unknown, provider: EmbeddingProvider, maxTexts: number): EmbedRequest {
  const body = parse(embedBody, json, '{"texts": ["…"], "normalize": true}')
  assertModel(body.model, provider)
  assertCount(body.texts.length, maxTexts)
  return { texts: body.texts, normalize: body.normalize }
}

/** Reads `POST /v1/embeddings`. @throws RefusedError 400, 404, 413 */
export function readOpenaiBody(json: unknown, provider: EmbeddingProvider, maxTexts: number): OpenaiRequest {
  const body = parse(openaiBody, json, '{"input": ["…"], "model": "…"}')
  assertModel(body.model, provider)
  assertCount(body.input.length, maxTexts)
  if (body.dimensions !== undefined && body.dimensions !== provider.dimensions) {
    const message = `this model gives ${provider.dimensions} dimensions and cannot give ${body.dimensions}; leave dimensions out`
    throw new RefusedError(400, 'dimensions_unsupported', message)
  }
  return { texts: body.input, encoding: body.encoding_format }
}

function parse<S extends z.ZodType>(schema: S, json: unknown, example: string): z.output<S> {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const faults = result.error.issues.map(issue => `${issue.path.join('.') || 'the body'}: ${issue.message}`)
  throw new RefusedError(400, 'invalid_body', `send ${example}; ${faults.join('; ')}`)
}

/** A caller that names another model would store vectors under the wrong name. The revision may be left out. */
function assertModel(asked: string | undefined, { id }: EmbeddingProvider): void {
  if (asked === undefined || asked === '' || asked === id || asked === nameOf(id)) return
  throw new RefusedError(404, 'model_not_found', `this service has the model ${id}, not ${asked}`)
}

function nameOf(id: string): string {
  return id.includes('@') ? id.slice(0, id.lastIndexOf('@')) : id
}

function assertCount(texts: number, limit: number): void {
  if (texts <= limit) return
  throw new RefusedError(
    413,
    'too_many_texts',
    `${texts} texts in one request; send at most ${limit} (max_texts_per_call)`,
  )
}
