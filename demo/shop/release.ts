/** The six services. Callers come before those they call. */
export const SERVICE_NAMES = ['storefront', 'checkout', 'payment', 'inventory', 'shipping', 'notification'] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

/** Behaviour that a release switches on in a service's code. Each belongs to one scenario. */
export type Change =
  | 'live_exchange_rates'
  | 'voucher_rules'
  | 'ledger_reservations'
  | 'carrier_gateway'
  | 'consent_texts'

/** Something outside a service's code that goes wrong for a while; `value` says for whom. */
export type TroubleKind =
  | 'rates_feed_gap'
  | 'tiered_voucher'
  | 'ledger_gap'
  | 'carrier_maintenance'
  | 'missing_translation'
  | 'gateway_slow'
  | 'gateway_failing'
  | 'label_printing_slow'
  | 'pool_dry'
  | 'disk_full'

/** One build of one service. */
export interface Release {
  readonly service: ServiceName
  readonly version: string
  /** Git, 40 hex digits. */
  readonly commit: string
  /** Title and number of the pull request that it brought. */
  readonly title: string
  readonly pullRequest: number
  readonly changes: ReadonlySet<Change>
}

export interface ServiceProfile {
  readonly port: number
  readonly memoryBytes: number
  /** Its PostgreSQL database; the storefront keeps its state in Redis alone. */
  readonly database: string
}

const MEBIBYTE = 1024 * 1024

export const SERVICE_PROFILES: Record<ServiceName, ServiceProfile> = {
  storefront: { port: 8080, memoryBytes: 210 * MEBIBYTE, database: 'sessions' },
  checkout: { port: 8081, memoryBytes: 185 * MEBIBYTE, database: 'orders' },
  payment: { port: 9090, memoryBytes: 140 * MEBIBYTE, database: 'payments' },
  inventory: { port: 9091, memoryBytes: 160 * MEBIBYTE, database: 'stock' },
  shipping: { port: 8082, memoryBytes: 130 * MEBIBYTE, database: 'shipments' },
  notification: { port: 8083, memoryBytes: 120 * MEBIBYTE, database: 'messages' },
}
