/** The instrumentation scope of every span that this package starts. */
export const SCOPE = '@sensorium/telemetry'
