/** When something does not apply or does, in Alertmanager's terms; every key that is given must hold. */
export interface TimeInterval {
  /** Local times, `HH:MM`, the end left out; one that ends before it starts goes past midnight. */
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[] | undefined
  /** `monday`, `monday:friday` */
  readonly weekdays?: readonly string[] | undefined
  /** `1`, `1:5`, `-3:-1` from the end */
  readonly days_of_month?: readonly string[] | undefined
  /** `1`, `january:march` */
  readonly months?: readonly string[] | undefined
  /** `2026`, `2026:2030` */
  readonly years?: readonly string[] | undefined
  /** IANA name; UTC where it is left out. */
  readonly location?: string | undefined
}

/**
 * Not of OTLP, so that no sender can write it: what the processors of a pipeline decided on how the destination at its
 * end is told of a record. The destination's outbox goes by it, also later, when it decides whether to tell.
 */
export interface Routing {
  readonly group_by?: readonly string[]
  readonly group_wait_ms?: number
  readonly group_interval_ms?: number
  readonly repeat_interval_ms?: number
  /** Silences and maintenance windows of the store hold it back. */
  readonly heeds_silences?: boolean
  /** Nobody is told while one of these lasts. */
  readonly mute?: readonly TimeInterval[]
  /** Names of sources: while one of them fires, nobody is told. */
  readonly inhibited_by?: readonly string[]
}
