/** What the code of the fleet's services is given: itself it only decides. */

/** A driver at a station. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly station: string
  readonly site: string
  readonly connector: string
  readonly tariff: string
  readonly currency: string
  readonly kwh: number
  /** Whose contract the driver has, and until when it holds; milliseconds. */
  readonly partner: string
  readonly contractUntil: number
}

/** The answer of a service. */
export interface Reply {
  /** That of HTTP; 0 where none came in time. */
  readonly status: number
  readonly body: unknown
}

export type Attributes = Readonly<Record<string, string | number>>

/** One piece of work in one service; time in it is that of the simulation, in milliseconds. */
export interface Work {
  /** What can be set while it runs. */
  setting(name: string): number
  now(): number
  /** A number from 0 to 1. */
  chance(): number
  set(attributes: Attributes): void
  log(level: 'debug' | 'info' | 'warn' | 'error', text: string, attributes?: Attributes): void
  /** Work that takes about so long; waiting takes exactly so long. */
  compute(medianMs: number): void
  wait(ms: number): void
  /** Takes memory for as long as the work lasts. */
  allocate(bytes: number): void
  /** Adds a line to a file of the host. */
  append(file: string): void
  inside<T>(name: string, part: (work: Work) => T | Promise<T>): Promise<T>
  query(statement: string, medianMs: number): Promise<void>
  call(service: string, operation: string, timeoutMs: number): Promise<Reply>
  /** A party outside; the status is 0 where it does not answer in time. */
  ask(host: string, path: string, medianMs: number, timeoutMs: number): number
  /** A tagged debug event. */
  debug(eventType: string, errorCode: string): void
}
