import { z } from 'zod'
import { httpSettings } from './http/settings.ts'
import { onnxSettings } from './onnx/settings.ts'
import { staticSettings, TABLE_DIMENSIONS } from './static/settings.ts'

/** Which provider, and its own settings. */
export const embeddingSettings = z.discriminatedUnion('provider', [staticSettings, httpSettings, onnxSettings])

/** What needs nothing: no download, no service, no GPU. */
export const DEFAULT_EMBEDDING: EmbeddingSettings = { provider: 'static', dimensions: TABLE_DIMENSIONS }

export type EmbeddingSettings = z.output<typeof embeddingSettings>
