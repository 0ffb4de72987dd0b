/** Callers come before those they call. */
export const FLEET_SERVICES = ['EdgeDevice', 'SessionManager', 'ServiceA', 'ServiceB', 'Payment'] as const
export type FleetService = (typeof FLEET_SERVICES)[number]

/** A change of one file of the fleet's repository, as its author wrote it. */
export interface Edit {
  readonly title: string
  readonly author: string
  readonly file: string
  readonly from: string
  readonly to: string
}

/** What goes wrong in the world around the code, while it lasts. */
export interface FleetTrouble {
  /** A party outside that answers half of the time. */
  readonly silentHost?: string
  /** Packets between two services are lost and sent again. */
  readonly lossyWay?: { readonly from: FleetService; readonly to: FleetService }
  /** All connections to the database of this service are taken. */
  readonly dryPool?: FleetService
  /** One of the machines of this service has a full disk. */
  readonly fullDisk?: FleetService
  /** Each process of this service has next to no memory left. */
  readonly littleMemory?: FleetService
  /** Contracts with this partner have ended. */
  readonly endedContracts?: string
}

/** One of the ways in which sessions are dropped. */
export interface DropKind {
  readonly name: string
  /** Where it begins. */
  readonly service: FleetService
  /** What an honest answer calls it; several where two words are as right. */
  readonly causes: readonly string[]
  /** The commit that brought it; absent where no code is to blame. */
  readonly edit?: Edit
  /** A setting that was changed while the service ran. */
  readonly setting?: { readonly name: string; readonly value: number; readonly title: string }
  readonly trouble?: FleetTrouble
  /** What is thrown first, and by which function of which file. */
  readonly exception: string
  readonly function: string
  readonly file: string
}

const FILES: Readonly<Record<FleetService, string>> = {
  EdgeDevice: 'edge-device/station.ts',
  SessionManager: 'session-manager/session.ts',
  ServiceA: 'service-a/tariffs.ts',
  ServiceB: 'service-b/sites.ts',
  Payment: 'payment/holds.ts',
}

export function fileOf(service: FleetService): string {
  return FILES[service]
}

type Told = Omit<DropKind, 'file'>
function kind(told: Told): DropKind {
  return { ...told, file: FILES[told.service] }
}

function code(told: Omit<Told, 'edit' | 'causes'>, change: Omit<Edit, 'file'>): DropKind {
  return kind({ ...told, causes: ['code_change'], edit: { ...change, file: FILES[told.service] } })
}

/** Chosen by `seed % DROP_KINDS.length`: consecutive seeds go through all of them. */
export const DROP_KINDS: readonly DropKind[] = [
  code(
    { name: 'hasty-quote', service: 'SessionManager', exception: 'QuoteTimeout', function: 'askQuote' },
    {
      title: 'Ask for a quote once, drivers do not like to wait',
      author: 'Ines',
      from: 'attempts = 3, timeoutMs = 1_500',
      to: 'attempts = 1, timeoutMs = 95',
    },
  ),
  code(
    { name: 'night-tariff', service: 'ServiceA', exception: 'TypeError', function: 'nightPart' },
    {
      title: 'Every tariff has night rates now',
      author: 'Tomasz',
      from: 'tariff.night ?? tariff',
      to: 'tariff.night!',
    },
  ),
  code(
    { name: 'site-without-meter', service: 'ServiceB', exception: 'TypeError', function: 'limitOf' },
    {
      title: 'Simplify the limit of a site',
      author: 'Ada',
      from: 'site.meter === null ? 0 : site.meter.reservedKwh',
      to: 'site.meter!.reservedKwh',
    },
  ),
  code(
    { name: 'large-hold', service: 'Payment', exception: 'HoldRefused', function: 'checkUnits' },
    {
      title: 'Hold enough for idle fees',
      author: 'Mo',
      from: 'Math.round(session.kwh * price * 100)',
      to: 'Math.round(session.kwh * price * 100 * 2.5)',
    },
  ),
  code(
    { name: 'firmware', service: 'EdgeDevice', exception: 'HandshakeError', function: 'handshake' },
    {
      title: 'Read the protocol where the new standard has it',
      author: 'Yuki',
      from: 'hello[1] ?? 0',
      to: 'hello[2] ?? 0',
    },
  ),
  kind({
    name: 'short-timeout',
    service: 'ServiceA',
    causes: ['configuration'],
    setting: { name: 'site_timeout_ms', value: 60, title: 'site_timeout_ms of ServiceA: 60 in the place of 900' },
    exception: 'SiteTimeout',
    function: 'askSite',
  }),
  kind({
    name: 'silent-grid',
    service: 'ServiceB',
    causes: ['external'],
    trouble: { silentHost: 'api.gridlink.example' },
    exception: 'GridTimeout',
    function: 'gridShare',
  }),
  kind({
    name: 'dry-pool',
    service: 'SessionManager',
    causes: ['resource_exhaustion'],
    trouble: { dryPool: 'SessionManager' },
    exception: 'PoolTimeout',
    function: 'keep',
  }),
  kind({
    name: 'full-disk',
    service: 'Payment',
    causes: ['host'],
    trouble: { fullDisk: 'Payment' },
    exception: 'JournalError',
    function: 'journal',
  }),
  kind({
    name: 'lossy-network',
    service: 'ServiceB',
    causes: ['network'],
    trouble: { lossyWay: { from: 'ServiceA', to: 'ServiceB' } },
    exception: 'SiteTimeout',
    function: 'askSite',
  }),
  kind({
    name: 'little-memory',
    service: 'ServiceB',
    causes: ['resource_exhaustion'],
    trouble: { littleMemory: 'ServiceB' },
    exception: 'RangeError',
    function: 'forecast',
  }),
  kind({
    name: 'ended-contracts',
    service: 'SessionManager',
    causes: ['data'],
    trouble: { endedContracts: 'roamwell' },
    exception: 'ContractExpired',
    function: 'checkContract',
  }),
]
