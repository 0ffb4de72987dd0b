import { EmbeddingError } from '../embeddings/errors.ts'
import { errorText, SensoriumError } from '../pipeline/errors.ts'

/**
 * Ends the command: a fault that the user can mend is shown as one message, anything else with its stack, since then
 * we are at fault. The exit code is 1 either way.
 */
export function fail(error: unknown): never {
  if (error instanceof SensoriumError || error instanceof EmbeddingError) console.error(`sensorium: ${error.message}`)
  else console.error('sensorium: unexpected error:', error instanceof Error ? (error.stack ?? error) : errorText(error))
  process.exit(1)
}
