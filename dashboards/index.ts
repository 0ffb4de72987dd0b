import { alertingFiles } from './alerting/index.ts'
import type { Limits } from './alerting/rules.ts'
import { deploys } from './boards/deploys.ts'
import { development } from './boards/development.ts'
import { errorsBoard } from './boards/errors.ts'
import { kpis } from './boards/kpis.ts'
import { nodes } from './boards/nodes.ts'
import { overview } from './boards/overview.ts'
import { selfHealing } from './boards/self-healing.ts'
import { sensorium } from './boards/sensorium.ts'
import { serviceDive } from './boards/service.ts'
import { serviceMap } from './boards/service-map.ts'
import { testsBoard } from './boards/tests.ts'
import { traceBoard } from './boards/trace.ts'
import { dashboardProvider, datasourceProvider } from './provisioning.ts'

const BOARDS = [
  overview,
  serviceDive,
  errorsBoard,
  kpis,
  serviceMap,
  traceBoard,
  sensorium,
  nodes,
  testsBoard,
  development,
  deploys,
  selfHealing,
]

/** Every generated file below dashboards/generated: name → text. */
export function generatedFiles(limits: Limits): [string, string][] {
  return [
    ...BOARDS.map((board): [string, string] => [`dashboards/${board.uid}.json`, `${JSON.stringify(board, null, 2)}\n`]),
    ['provisioning/datasources/sensorium.yaml', datasourceProvider()],
    ['provisioning/dashboards/sensorium.yaml', dashboardProvider()],
    ...alertingFiles(limits),
  ]
}
