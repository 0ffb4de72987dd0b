import { attributes } from './attributes.ts'
import type { Plain } from './requests.ts'

/** 2026-01-01T00:00:00Z. */
export const REALISTIC_START_UNIX_NANO = 1_767_225_600_000_000_000n

export function realisticResource(service: string): Plain {
  const values = {
    'service.name': service,
    'service.version': '4.17.2',
    'deployment.environment.name': 'production',
    'telemetry.sdk.language': 'nodejs',
    'k8s.pod.name': `${service}-7d9f8c6b5-x2x4q`,
  }
  return { attributes: attributes(values) }
}
