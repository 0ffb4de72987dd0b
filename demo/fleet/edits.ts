import { type Edit, FLEET_SERVICES, type FleetService, fileOf } from './kinds.ts'

/** Changes that change nothing that matters: one beside the code that fails, others about it. */
export const INNOCENT: Readonly<Record<FleetService, readonly Edit[]>> = {
  EdgeDevice: editsOf('EdgeDevice', 'answered`, {', 'has answered`, {'),
  SessionManager: editsOf('SessionManager', 'runs at ${session.station}`', 'is running at ${session.station}`'),
  ServiceA: editsOf('ServiceA', 'with tariff ${', 'by tariff ${'),
  ServiceB: editsOf('ServiceB', '} kWh`', '} kWh now`'),
  Payment: editsOf('Payment', '`held ${', '`a hold of ${'),
}

function editsOf(service: FleetService, from: string, to: string): Edit[] {
  const manifest = `${fileOf(service).split('/')[0]}/service.json`
  return [
    { title: `Say it plainer in the log of ${service}`, author: 'Lena', file: fileOf(service), from, to },
    { title: `Raise the memory limit of ${service}`, author: 'Sam', file: manifest, from: '256', to: '320' },
    { title: `${service}: fewer lines of start-up`, author: 'Sam', file: manifest, from: '"info"', to: '"warn"' },
  ]
}

/** The first version of what the edits change beside code. */
export function manifestsOf(): ReadonlyMap<string, string> {
  const text = `${JSON.stringify({ memory_mib: 256, log_level: 'info' }, null, 2)}\n`
  return new Map(FLEET_SERVICES.map(service => [`${fileOf(service).split('/')[0]}/service.json`, text]))
}
