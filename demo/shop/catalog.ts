import { entityId } from '../ids.ts'
import type { Random } from '../random.ts'

export type Currency = 'EUR' | 'SEK' | 'PLN' | 'GBP' | 'CHF'
export type Locale = 'de-DE' | 'fr-FR' | 'sv-SE' | 'pl-PL' | 'en-GB' | 'en-US'
type Warehouse = 'ham-1' | 'lyn-1' | 'got-1' | 'poz-1' | 'bhm-1'
export type Carrier = 'northpost' | 'parcelline' | 'swiftbox'
export type Voucher = 'WELCOME10' | 'FREESHIP' | 'LOYAL5'
type PaymentMethod = 'card' | 'wallet' | 'invoice' | 'bank_transfer'

/** Who shops. Ids only: the demo has no names, no e-mail addresses, no card numbers. */
export interface Customer {
  readonly userId: string
  readonly country: string
  readonly currency: Currency
  readonly locale: Locale
}

interface Item {
  readonly sku: string
  readonly quantity: number
  readonly unitPrice: number
}

/** What a customer puts into `POST /checkout`. */
export interface Order {
  readonly id: string
  readonly customer: Customer
  readonly items: readonly Item[]
  /** In the customer's currency, two decimals. */
  readonly total: number
  readonly warehouse: Warehouse
  readonly carrier: Carrier
  readonly voucher: Voucher | undefined
  readonly paymentMethod: PaymentMethod
}

/** Fixes some of what is otherwise drawn, so that a scenario can be sure of a customer whom it hits. */
export type OrderTraits = Partial<
  Pick<Customer, 'currency' | 'locale'> & Pick<Order, 'warehouse' | 'carrier' | 'voucher'>
>

const CUSTOMERS = 2_000

interface Country {
  readonly currency: Currency
  readonly locale: Locale
  readonly warehouse: Warehouse
}
const COUNTRIES: readonly (readonly [string, number, Country])[] = [
  ['DE', 28, { currency: 'EUR', locale: 'de-DE', warehouse: 'ham-1' }],
  ['FR', 17, { currency: 'EUR', locale: 'fr-FR', warehouse: 'lyn-1' }],
  ['SE', 17, { currency: 'SEK', locale: 'sv-SE', warehouse: 'got-1' }],
  ['PL', 15, { currency: 'PLN', locale: 'pl-PL', warehouse: 'poz-1' }],
  ['GB', 15, { currency: 'GBP', locale: 'en-GB', warehouse: 'bhm-1' }],
  ['CH', 8, { currency: 'CHF', locale: 'de-DE', warehouse: 'lyn-1' }],
]

/** A country implies none of these for certain: what an incident hits must be told apart from where customers live. */
const PAYS_AT_HOME = 0.85
const READS_AT_HOME = 0.75
const SHIPPED_FROM_HOME = 0.75

const PRICES: readonly number[] = [7.9, 12.5, 19, 24.9, 39, 49.5, 64, 89.9, 129, 249]

/**
 * One of the shop's customers; the same number is the same person all through the run.
 *
 * @param people the run's stream for customers, never drawn from itself.
 */
export function drawCustomer(random: Random, people: Random): Customer {
  const number = random.int(1, CUSTOMERS)
  const person = people.fork(number)
  const [code, , country] = person.weighted(COUNTRIES.map(entry => [entry, entry[1]] as const))
  return {
    userId: `usr_${String(number).padStart(5, '0')}`,
    country: code,
    currency: person.chance(PAYS_AT_HOME) ? country.currency : 'EUR',
    locale: person.chance(READS_AT_HOME) ? country.locale : 'en-US',
  }
}

export function drawSku(random: Random): string {
  return `SKU-${random.int(1001, 1040)}`
}

export function drawOrder(random: Random, someone: Customer, traits: OrderTraits): Order {
  const customer = { ...someone, ...pickDefined({ currency: traits.currency, locale: traits.locale }) }
  const home = COUNTRIES.find(([code]) => code === customer.country)?.[2].warehouse ?? 'ham-1'
  const items = Array.from({ length: random.int(1, 5) }, () => ({
    sku: drawSku(random),
    quantity: random.weighted([[1, 7] as const, [2, 2] as const, [3, 1] as const]),
    unitPrice: random.pick(PRICES),
  }))
  const total = items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0)
  const drawn = {
    warehouse: random.chance(SHIPPED_FROM_HOME) ? home : random.pick(['ham-1', 'lyn-1', 'poz-1'] as const),
    carrier: random.weighted<Carrier>([
      ['northpost', 45],
      ['parcelline', 35],
      ['swiftbox', 20],
    ]),
    voucher: random.weighted<Voucher | undefined>([
      [undefined, 40],
      ['WELCOME10', 22],
      ['FREESHIP', 20],
      ['LOYAL5', 18],
    ]),
  }
  return {
    id: entityId(random, 'ord'),
    customer,
    items,
    total: Math.round(total * 100) / 100,
    ...drawn,
    ...pickDefined({ warehouse: traits.warehouse, carrier: traits.carrier, voucher: traits.voucher }),
    paymentMethod: random.weighted([
      ['card', 55],
      ['wallet', 20],
      ['invoice', 15],
      ['bank_transfer', 10],
    ]),
  }
}

/** The record without its undefined values, so that spreading it overwrites nothing by accident. */
function pickDefined<T extends object>(record: T): { [K in keyof T]?: NonNullable<T[K]> } {
  // fromEntries forgets the keys' names; the filter leaves only values that are there.
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}
