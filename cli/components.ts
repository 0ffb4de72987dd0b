import { debug } from '../exporters/debug/index.ts'
import { timescale } from '../exporters/timescale/index.ts'
import type { Registry } from '../pipeline/registry.ts'
import { attributes } from '../processors/attributes/index.ts'
import { embed } from '../processors/embed/index.ts'
import { filter } from '../processors/filter/index.ts'
import { fingerprint } from '../processors/fingerprint/index.ts'
import { redact } from '../processors/redact/index.ts'
import { sample } from '../processors/sample/index.ts'
import { fingerprints } from '../receivers/fingerprints/index.ts'
import { observer } from '../receivers/observer/index.ts'
import { otlp } from '../receivers/otlp/index.ts'

/** Every component that a configuration can name by type. A new one is one line here and `npm run generate`. */
export const components: Registry = [
  otlp,
  observer,
  fingerprints,
  attributes,
  embed,
  filter,
  fingerprint,
  redact,
  sample,
  debug,
  timescale,
]
