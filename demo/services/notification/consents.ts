import { MINUTE } from '../../clock.ts'
import type { Locale } from '../../shop/catalog.ts'
import { query, type Statement } from '../../shop/database.ts'
import { ServiceError } from '../../shop/failure.ts'
import { inside, log, type Work } from '../../shop/work.ts'

interface Texts {
  readonly revision: string
  readonly byLocale: Readonly<Record<string, { readonly title: string }>>
}

const TITLES: Readonly<Record<Locale, { readonly title: string }>> = {
  'de-DE': { title: 'Benachrichtigungen zu Ihrer Bestellung' },
  'fr-FR': { title: 'Notifications sur votre commande' },
  'sv-SE': { title: 'Meddelanden om din beställning' },
  'pl-PL': { title: 'Powiadomienia o zamówieniu' },
  'en-GB': { title: 'Notifications about your order' },
  'en-US': { title: 'Notifications about your order' },
}

/** Once per order, and `consent_texts` has no index on the revision. */
const SELECT_TEXTS: Statement = {
  operation: 'SELECT',
  table: 'consent_texts',
  text: 'SELECT locale, title, body FROM consent_texts WHERE revision = (SELECT max(revision) FROM consent_texts)',
  medianMs: 310,
}

class ConsentTextError extends ServiceError {}

export async function consentTitle(work: Work, locale: Locale): Promise<string> {
  if (!work.instance.release.changes.has('consent_texts')) return TITLES[locale].title
  return inside(work, 'load consent texts', { 'shop.locale': locale }, async loading => {
    const texts = await loadTexts(loading)
    return titleIn(texts, locale)
  })
}

async function loadTexts(work: Work): Promise<Texts> {
  await query(work, SELECT_TEXTS, 6)
  const { shop, request } = work
  const missing = shop.trouble('missing_translation', request.now)
  const revision = `r${410 + Math.floor(request.now / (5 * MINUTE))}`
  log(work, 'debug', `consent texts of revision ${revision} loaded`, { 'shop.texts.revision': revision })
  return { revision, byLocale: Object.fromEntries(Object.entries(TITLES).filter(([locale]) => locale !== missing)) }
}

function titleIn(texts: Texts, locale: Locale): string {
  try {
    return readTitle(texts.byLocale, locale)
  } catch (cause) {
    throw new ConsentTextError(500, 'error', `no consent text for locale ${locale} in revision ${texts.revision}`, {
      cause,
    })
  }
}

function readTitle(byLocale: Texts['byLocale'], locale: Locale): string {
  // The release trusts that every locale has a text; so does this assertion.
  return byLocale[locale]!.title
}
