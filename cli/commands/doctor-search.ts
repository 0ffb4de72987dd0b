import { vectorSpace } from '../../embeddings/provider.ts'
import type { Plan } from '../../pipeline/config/plan.ts'
import { errorText } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { countByModel } from '../../store/fingerprints/embeddings.ts'
import type { Store } from '../../store/open.ts'
import { embeddingOf, withProvider } from '../embedding.ts'
import { silentLogger } from '../logging.ts'

type Report = (verdict: 'ok' | 'note' | 'fault', what: string, detail: string) => void

const PROBE_TIMEOUT_MS = 10_000

/** Tells which provider search asks, whether it answers, and how much of the store its vectors cover. */
export async function checkSearch(plan: Plan, store: Store, report: Report): Promise<void> {
  const settings = embeddingOf(plan)
  if (settings === undefined) {
    report('note', 'search', 'no pipeline has the processor "embed": problems are found by words and letters alone')
    return
  }
  try {
    await withProvider(settings, silentLogger(), async provider => {
      await provider.embed(['probe'], AbortSignal.timeout(PROBE_TIMEOUT_MS))
      const space = vectorSpace(provider)
      const where = provider.device === 'remote' ? '' : ` on ${provider.device}`
      const asked =
        provider.queryInstruction === undefined ? '' : `; questions begin with "${provider.queryInstruction}"`
      report('ok', 'search', `by ${settings.provider}: ${space}${where}${asked}`)
      const { problems, embedded } = await withClient(store, 'reader', countByModel)
      const own = embedded.get(space) ?? 0
      if (own < problems) {
        const running = 'a running Sensorium embeds the rest, or sensorium reembed'
        report('note', 'search', `${own} of ${problems} problems have a vector of it: ${running}`)
      }
      embedded.delete(space)
      const others = [...embedded].map(([model, count]) => `${model} (${count})`)
      if (others.length > 0) {
        report(
          'note',
          'search',
          `vectors of other models are kept: ${others.join(', ')}; sensorium reembed forgets them`,
        )
      }
    })
  } catch (error) {
    report('fault', 'search', `${settings.provider} does not work, so nothing is found by meaning: ${errorText(error)}`)
  }
}
