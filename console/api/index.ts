import type { Endpoint } from '../server/endpoint.ts'
import { changes } from './changes.ts'
import { chat } from './chat.ts'
import { environments } from './environments.ts'
import { home } from './home.ts'
import { hypotheses } from './hypotheses.ts'
import { incident } from './incident.ts'
import { problem, samples, why } from './problem.ts'
import { problems } from './problems.ts'
import { reports } from './reports.ts'
import { servicesNow } from './services-now.ts'

/** Every question that a page can ask. */
export const endpoints: readonly Endpoint[] = [
  environments,
  home,
  servicesNow,
  changes,
  problems,
  problem,
  why,
  samples,
  incident,
  hypotheses,
  reports,
  chat,
]
