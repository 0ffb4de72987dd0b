import type { Logger } from 'pino'
import { createHttpProvider } from './http/index.ts'
import type { EmbeddingProvider } from './provider.ts'
import type { EmbeddingSettings } from './settings.ts'
import { openStaticProvider } from './static/index.ts'

/**
 * Opens the provider that the settings name. `onnx` takes time, and may fail here; `signal` calls it off.
 *
 * @throws EmbeddingError MODEL_UNUSABLE; the reason of `signal`
 */
export async function openEmbeddingProvider(
  settings: EmbeddingSettings,
  logger: Logger,
  signal?: AbortSignal,
): Promise<EmbeddingProvider> {
  switch (settings.provider) {
    case 'static':
      return openStaticProvider(settings)
    case 'http':
      return createHttpProvider(settings)
    case 'onnx': {
      const { openOnnxProvider } = await import('./onnx/index.ts')
      return openOnnxProvider(settings, logger, signal)
    }
  }
}
