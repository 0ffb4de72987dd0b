import type { ServiceName } from '../shop/release.ts'
import type { Scenario } from './scenarios.ts'

/** Processes of a service that run side by side, on hosts of their own; one where it is not named. */
export type Replicas = Readonly<Partial<Record<ServiceName, number>>>

/**
 * A world in which something goes wrong and no deploy is to blame, though the service is deployed minutes before: the
 * same releases would have failed in the same way.
 */
export interface World extends Scenario {
  readonly replicas?: Replicas
}

export const WORLD_NAMES = ['slow-dependency', 'dry-pool', 'bad-host'] as const
export type WorldName = (typeof WORLD_NAMES)[number]

/** A day on which nothing goes wrong: deploys that change nothing, and the errors of every day. */
export const QUIET = 'quiet'

export const WORLDS: Readonly<Record<WorldName, World>> = {
  'slow-dependency': {
    name: 'slow-dependency',
    service: 'payment',
    operation: 'shop.payment.v1.Payments/Authorize',
    trouble: 'gateway_failing',
    attribute: 'server.address',
    values: ['api.cardgate.example'],
    exceptionType: 'GatewayTimeoutError',
    messageTemplate: 'api.cardgate.example did not answer charge <payment> within <number> ms',
    causeType: null,
    function: 'giveUp',
    file: 'demo/services/payment.ts',
  },
  'dry-pool': {
    name: 'dry-pool',
    service: 'inventory',
    operation: 'shop.inventory.v1.Inventory/GetStock',
    trouble: 'pool_dry',
    attribute: 'metric',
    values: ['db.client.connection.pending_requests'],
    exceptionType: 'PoolTimeoutError',
    messageTemplate: 'no connection to database "stock" became free within <number> ms, all <number> are in use',
    causeType: null,
    function: 'waitForConnection',
    file: 'demo/shop/database.ts',
  },
  'bad-host': {
    name: 'bad-host',
    service: 'shipping',
    operation: 'POST /quotes',
    trouble: 'disk_full',
    attribute: 'host.name',
    values: ['worker-1', 'worker-2', 'worker-3'],
    replicas: { shipping: 3 },
    exceptionType: 'SpoolError',
    messageTemplate: 'quote for order <order> cannot be spooled',
    causeType: 'Error',
    function: 'spool',
    file: 'demo/services/shipping/spool.ts',
  },
}
