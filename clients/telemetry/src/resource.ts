import { randomUUID } from 'node:crypto'
import { arch, hostname, type as osType } from 'node:os'
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import type { Settings } from './settings.ts'

/**
 * Who sends: the service, and the process that it runs in. The command line is left out, since it is where tokens are
 * passed; OpenTelemetry's own process detector would send it.
 */
export function resourceOf({ service, version, environment, attributes }: Settings): Resource {
  return defaultResource().merge(
    resourceFromAttributes({
      'host.name': hostname(),
      'host.arch': arch() === 'x64' ? 'amd64' : arch(),
      'os.type': osType().toLowerCase(),
      'process.pid': process.pid,
      'process.executable.name': 'node',
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
      'service.instance.id': randomUUID(),
      ...attributes,
      'service.name': service,
      ...(version === undefined ? {} : { 'service.version': version }),
      'deployment.environment.name': environment,
    }),
  )
}
