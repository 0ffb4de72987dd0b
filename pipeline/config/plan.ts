import type { z } from 'zod'
import type { Definition } from '../component.ts'
import type { Signal } from '../model/index.ts'
import type { ExporterSettings, serviceSettings } from './schema.ts'

/** A configuration without faults: what is to be built. */
export interface Plan {
  readonly receivers: ReadonlyMap<string, PlannedComponent>
  readonly processors: ReadonlyMap<string, PlannedComponent>
  readonly exporters: ReadonlyMap<string, PlannedExporter>
  readonly pipelines: readonly PlannedPipeline[]
  readonly service: z.output<typeof serviceSettings>
}

export interface PlannedComponent {
  readonly id: string
  readonly definition: Definition
  /** As `definition.config` parsed it. */
  readonly config: Record<string, unknown>
}

export interface PlannedExporter extends PlannedComponent {
  readonly settings: ExporterSettings
}

export interface PlannedPipeline {
  /** `traces`, `logs/audit`, … */
  readonly id: string
  readonly signal: Signal
  readonly receivers: readonly string[]
  readonly processors: readonly string[]
  readonly exporters: readonly string[]
}
