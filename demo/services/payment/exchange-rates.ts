import { MINUTE } from '../../clock.ts'
import type { Currency } from '../../shop/catalog.ts'
import { ServiceError } from '../../shop/failure.ts'
import { callOutside } from '../../shop/outside.ts'
import { inside, log, type Work } from '../../shop/work.ts'

interface Quotes {
  readonly id: string
  readonly perEuro: ReadonlyMap<string, number>
}

/** What the nightly job last wrote. */
const NIGHTLY: Quotes = {
  id: 'nightly',
  perEuro: new Map<Currency, number>([
    ['EUR', 1],
    ['SEK', 11.4],
    ['PLN', 4.3],
    ['GBP', 0.86],
    ['CHF', 0.95],
  ]),
}

class ExchangeRateError extends ServiceError {}

/** The amount in euros, the currency in which the shop settles. */
export async function toSettlement(work: Work, amount: number, currency: Currency): Promise<number> {
  if (!work.instance.release.changes.has('live_exchange_rates')) return convert(amount, currency, NIGHTLY)
  return inside(work, 'convert to settlement currency', { 'shop.currency': currency }, async converting => {
    const quotes = fetchQuotes(converting)
    return convert(amount, currency, quotes)
  })
}

/** Asks the rates provider for every payment, in euros too: the release's authors left caching for later. */
function fetchQuotes(work: Work): Quotes {
  const { shop, request } = work
  callOutside(work, {
    host: 'api.ratesfeed.example',
    verb: 'GET',
    path: '/v1/latest?base=EUR',
    template: '/v1/latest',
    durationMs: request.random.lognormal(330, 0.3),
    status: 200,
  })
  const missing = shop.trouble('rates_feed_gap', request.now)
  const id = `q-${10_000 + Math.floor(request.now / MINUTE)}`
  const perEuro = new Map([...NIGHTLY.perEuro].filter(([currency]) => currency !== missing))
  log(work, 'debug', `quote set ${id} has ${perEuro.size} currencies`, { 'shop.quotes.id': id })
  return { id, perEuro }
}

function convert(amount: number, currency: Currency, quotes: Quotes): number {
  return Math.round((amount / rateFor(currency, quotes)) * 100) / 100
}

function rateFor(currency: Currency, quotes: Quotes): number {
  try {
    return readQuote(quotes, currency)
  } catch (cause) {
    throw new ExchangeRateError(500, 'error', `no exchange rate from ${currency} to EUR in quote set ${quotes.id}`, {
      cause,
    })
  }
}

function readQuote({ perEuro }: Quotes, currency: string): number {
  const rate = perEuro.get(currency)
  if (rate === undefined) throw new RangeError(`${currency} is not among ${[...perEuro.keys()].join(', ')}`)
  return rate
}
