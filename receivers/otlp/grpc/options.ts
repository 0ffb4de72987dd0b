import type { Admission } from '../../../pipeline/admission.ts'
import type { Signal } from '../../../pipeline/model/index.ts'
import type { GrpcSettings } from '../config.ts'
import type { Intake } from '../intake.ts'
import type { Refusal } from '../refusal.ts'

export interface GrpcOptions {
  readonly settings: GrpcSettings
  /** The config key of this server, for messages. */
  readonly key: string
  readonly signals: readonly Signal[]
  readonly intake: Intake
  readonly admission: Admission
  readonly onRefusal: (refusal: Refusal) => void
}
