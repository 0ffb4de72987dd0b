import type { Endpoint } from '../server/endpoint.ts'
import { anomaly } from './anomaly.ts'
import { books } from './books.ts'
import { changes } from './changes.ts'
import { chat } from './chat.ts'
import { deploys } from './deploys.ts'
import { environments } from './environments.ts'
import { home } from './home.ts'
import { hypotheses } from './hypotheses.ts'
import { incident } from './incident.ts'
import { node, nodeLinks, nodes } from './nodes.ts'
import { operation } from './operation.ts'
import { people } from './people.ts'
import { problem } from './problem.ts'
import { samples } from './problem-samples.ts'
import { why } from './problem-why.ts'
import { problems } from './problems.ts'
import { reports } from './reports.ts'
import { meaning, record, recordCounts, records } from './search.ts'
import { service, services } from './services.ts'
import { servicesNow } from './services-now.ts'
import { slos } from './slos.ts'
import { testRun, tests } from './tests.ts'
import { trace, traceComparison, traceSpan } from './trace.ts'

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
  anomaly,
  hypotheses,
  reports,
  chat,
  records,
  recordCounts,
  record,
  meaning,
  trace,
  traceSpan,
  traceComparison,
  operation,
  services,
  service,
  slos,
  tests,
  testRun,
  deploys,
  nodes,
  node,
  nodeLinks,
  people,
  books,
]
