import type { Endpoint } from '../server/endpoint.ts'
import { home } from './home.ts'
import { hypotheses } from './hypotheses.ts'
import { incident } from './incident.ts'
import { problem, samples } from './problem.ts'
import { problems } from './problems.ts'

/** Every question that a page can ask. */
export const endpoints: readonly Endpoint[] = [home, problems, problem, samples, incident, hypotheses]
