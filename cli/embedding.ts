import type { Logger } from 'pino'
import { openEmbeddingProvider } from '../embeddings/open.ts'
import type { EmbeddingProvider } from '../embeddings/provider.ts'
import { type EmbeddingSettings, embeddingSettings } from '../embeddings/settings.ts'
import type { Plan } from '../pipeline/config/plan.ts'

/** The model of the plan's `embed` processor, if a pipeline has one. */
export function embeddingOf(plan: Plan): EmbeddingSettings | undefined {
  const used = new Set(plan.pipelines.flatMap(pipeline => pipeline.processors))
  const found = [...plan.processors.values()].find(({ id, definition }) => definition.type === 'embed' && used.has(id))
  // The plan has parsed it; parsing its result once more only restores the type.
  return found === undefined ? undefined : embeddingSettings.parse(found.config.model)
}

/** Runs `work` with the provider of the settings, and closes it. */
export async function withProvider<T>(
  settings: EmbeddingSettings,
  logger: Logger,
  work: (provider: EmbeddingProvider) => Promise<T>,
): Promise<T> {
  const provider = await openEmbeddingProvider(settings, logger)
  try {
    return await work(provider)
  } finally {
    await provider.close()
  }
}
