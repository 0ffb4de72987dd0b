import type { Logger } from 'pino'
import type { EmbeddingProvider } from '../embeddings/provider.ts'
import { DEFAULT_EMBEDDING, type EmbeddingSettings, embeddingSettings } from '../embeddings/settings.ts'
import type { Plan } from '../pipeline/config/plan.ts'
import { mapOf } from '../pipeline/config/sections.ts'
import { SensoriumError } from '../pipeline/errors.ts'

/** The model of the plan's `embed` processor, if a pipeline has one. */
export function embeddingOf(plan: Plan): EmbeddingSettings | undefined {
  const used = new Set(plan.pipelines.flatMap(pipeline => pipeline.processors))
  const found = [...plan.processors.values()].find(({ id, definition }) => definition.type === 'embed' && used.has(id))
  // The plan has parsed it; parsing its result once more only restores the type.
  return found === undefined ? undefined : embeddingSettings.parse(found.config.model)
}

/** The same, read off a file whose components nobody has loaded. */
export function embeddingIn(data: unknown): EmbeddingSettings | undefined {
  const pipelines = Object.values(mapOf(mapOf(mapOf(data).service).pipelines)).map(mapOf)
  const used = new Set(pipelines.flatMap(({ processors }) => (Array.isArray(processors) ? processors : [])))
  const found = Object.entries(mapOf(mapOf(data).processors)).find(
    ([id]) => id.split('/')[0] === 'embed' && used.has(id),
  )
  if (found === undefined) return undefined
  const parsed = embeddingSettings.safeParse(mapOf(found[1]).model ?? DEFAULT_EMBEDDING)
  if (parsed.success) return parsed.data
  throw new SensoriumError(
    'CONFIG_INVALID',
    `processors.${found[0]}.model has faults: sensorium config check tells them`,
  )
}

/** Runs `work` with the provider of the settings, and closes it. */
export async function withProvider<T>(
  settings: EmbeddingSettings,
  logger: Logger,
  work: (provider: EmbeddingProvider) => Promise<T>,
): Promise<T> {
  const { openEmbeddingProvider } = await import('../embeddings/open.ts')
  const provider = await openEmbeddingProvider(settings, logger)
  try {
    return await work(provider)
  } finally {
    await provider.close()
  }
}
