import type { OrderTraits } from '../shop/catalog.ts'
import type { Change, ServiceName, TroubleKind } from '../shop/release.ts'

/**
 * One way for a deploy to go wrong: its change makes an operation slow from the first request on, and breaks it for
 * some customers once a trouble outside comes to it. The release before never fails under the same trouble.
 */
export interface Scenario {
  readonly name: string
  readonly service: ServiceName
  /** The span that becomes slow and fails, as its service names it. */
  readonly operation: string
  /** Absent in a world without a guilty deploy. */
  readonly change?: Change
  readonly trouble: TroubleKind
  /** Title of the pull request that brought the change. */
  readonly title?: string
  /** The attribute that the failing orders have in common, and which value it may have. */
  readonly attribute: string
  /** How a customer is sure to be hit; absent where nothing of the order decides it. */
  readonly trait?: keyof OrderTraits
  readonly values: readonly string[]
  readonly exceptionType: string
  /** The message with its variable parts as `<…>`. */
  readonly messageTemplate: string
  /** Null where the exception has no cause. */
  readonly causeType: string | null
  /** Where the exception is thrown, from the repository's root. */
  readonly function: string
  readonly file: string
}

/** Chosen by `seed % SCENARIOS.length`: consecutive seeds go through all of them. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'voucher-rules',
    service: 'checkout',
    operation: 'POST /orders',
    change: 'voucher_rules',
    trouble: 'tiered_voucher',
    title: 'Evaluate vouchers with the new rule engine',
    attribute: 'shop.voucher',
    trait: 'voucher',
    values: ['WELCOME10', 'FREESHIP', 'LOYAL5'],
    exceptionType: 'VoucherRuleError',
    messageTemplate: 'voucher <code> cannot be applied to order <order>',
    causeType: 'TypeError',
    function: 'apply',
    file: 'demo/services/checkout/vouchers.ts',
  },
  {
    name: 'live-exchange-rates',
    service: 'payment',
    operation: 'shop.payment.v1.Payments/Authorize',
    change: 'live_exchange_rates',
    trouble: 'rates_feed_gap',
    title: 'Settle with live exchange rates instead of the nightly table',
    attribute: 'shop.currency',
    trait: 'currency',
    values: ['SEK', 'PLN', 'GBP'],
    exceptionType: 'ExchangeRateError',
    messageTemplate: 'no exchange rate from <currency> to EUR in quote set <quotes>',
    causeType: 'RangeError',
    function: 'rateFor',
    file: 'demo/services/payment/exchange-rates.ts',
  },
  {
    name: 'ledger-reservations',
    service: 'inventory',
    operation: 'shop.inventory.v1.Inventory/Reserve',
    change: 'ledger_reservations',
    trouble: 'ledger_gap',
    title: 'Post reservations to the stock ledger',
    attribute: 'shop.warehouse',
    trait: 'warehouse',
    values: ['got-1', 'poz-1', 'ham-1'],
    exceptionType: 'LedgerSequenceError',
    messageTemplate:
      'reservation of order <order> in warehouse <warehouse> expected ledger entry <number>, found <number>',
    causeType: 'UniqueViolation',
    function: 'append',
    file: 'demo/services/inventory/ledger.ts',
  },
  {
    name: 'carrier-gateway',
    service: 'shipping',
    operation: 'POST /quotes',
    change: 'carrier_gateway',
    trouble: 'carrier_maintenance',
    title: 'Ask carriers for live prices through their gateway',
    attribute: 'shop.carrier',
    trait: 'carrier',
    values: ['northpost', 'parcelline', 'swiftbox'],
    exceptionType: 'CarrierResponseError',
    messageTemplate: 'carrier <carrier> answered quote <quote> with something that is no price',
    causeType: 'SyntaxError',
    function: 'readPrice',
    file: 'demo/services/shipping/carriers.ts',
  },
  {
    name: 'consent-texts',
    service: 'notification',
    operation: 'GET /users/{user_id}/consents',
    change: 'consent_texts',
    trouble: 'missing_translation',
    title: 'Load consent texts from the database',
    attribute: 'shop.locale',
    trait: 'locale',
    values: ['sv-SE', 'pl-PL', 'en-US'],
    exceptionType: 'ConsentTextError',
    messageTemplate: 'no consent text for locale <locale> in revision <revision>',
    causeType: 'TypeError',
    function: 'titleIn',
    file: 'demo/services/notification/consents.ts',
  },
]
