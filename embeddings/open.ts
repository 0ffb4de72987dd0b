import type { Logger } from 'pino'
import { createHttpProvider } from './http/index.ts'
import { createLexicalProvider } from './lexical/index.ts'
import { openOnnxProvider } from './onnx/index.ts'
import type { EmbeddingProvider } from './provider.ts'
import type { EmbeddingSettings } from './settings.ts'

/**
 * Opens the provider that the settings name. Only `onnx` takes time, and can fail here; `signal` calls it off.
 *
 * @throws EmbeddingError MODEL_UNUSABLE; the reason of `signal`
 */
export async function openEmbeddingProvider(
  settings: EmbeddingSettings,
  logger: Logger,
  signal?: AbortSignal,
): Promise<EmbeddingProvider> {
  switch (settings.provider) {
    case 'lexical':
      return createLexicalProvider(settings)
    case 'http':
      return createHttpProvider(settings)
    case 'onnx':
      return openOnnxProvider(settings, logger, signal)
  }
}
