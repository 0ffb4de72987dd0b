import { timescale } from '../exporters/timescale/index.ts'
import type { Registry } from '../pipeline/registry.ts'
import { otlp } from '../receivers/otlp/index.ts'

/** Every component that a configuration can name by type. A new one is one line here and `npm run generate`. */
export const components: Registry = [otlp, timescale]
