import path from 'node:path'

/** The default configuration, but that old records are kept; SENSORIUM_CONFIG names another. */
export const BENCH_CONFIG = process.env.SENSORIUM_CONFIG ?? path.join(import.meta.dirname, '../sensorium.yaml')
