/** Of one listener. What every connection may cost is small, so the number bounds memory and file descriptors. */
export const MAX_CONNECTIONS = 1_024
/** From the connection, or the first byte of a further request, to the end of its headers. */
export const HEADERS_TIMEOUT_MS = 10_000
/** Idle connections are kept for so long: senders that export every minute connect again, others need not. */
export const KEEP_ALIVE_MS = 30_000
/** The longest that a body may take from its first byte to its last, however fast it comes. */
export const BODY_TIMEOUT_MS = 60_000
/** A body that brings less than this is nobody's telemetry: a phone on a bad network brings ten times as much. */
export const MIN_BODY_BYTES_PER_S = 1_024
/** A body is judged after this long, and may be silent for so long. */
export const BODY_GRACE_MS = 5_000
/** How often the clocks above are looked at. */
export const SWEEP_MS = 1_000
