import { z } from 'zod'
import { httpSettings } from './http/settings.ts'
import { lexicalSettings } from './lexical/settings.ts'
import { onnxSettings } from './onnx/settings.ts'

/** Which provider, and its own settings. */
export const embeddingSettings = z.discriminatedUnion('provider', [lexicalSettings, httpSettings, onnxSettings])
export type EmbeddingSettings = z.output<typeof embeddingSettings>
