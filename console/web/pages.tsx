import type { JSX } from 'preact'
import type { RouteName } from '../routes.ts'
import { Anomaly } from './pages/anomaly.tsx'
import { Books } from './pages/books.tsx'
import { Chat } from './pages/chat.tsx'
import { Deploys } from './pages/deploys.tsx'
import { Home } from './pages/home.tsx'
import { Incident } from './pages/incident/index.tsx'
import { MyNode, OwnNode } from './pages/my-node.tsx'
import { Node, Nodes } from './pages/nodes.tsx'
import { Operation } from './pages/operation.tsx'
import { People } from './pages/people.tsx'
import { Problem } from './pages/problem.tsx'
import { ReportPage } from './pages/report.tsx'
import { Search } from './pages/search/index.tsx'
import { Service } from './pages/service.tsx'
import { Services } from './pages/services.tsx'
import { Slos } from './pages/slos.tsx'
import { TestRun } from './pages/test-run.tsx'
import { Tests } from './pages/tests.tsx'
import { Trace } from './pages/trace/index.tsx'

/** What is drawn at each address. */
export const pages: Readonly<Record<RouteName, () => JSX.Element>> = {
  home: Home,
  anomaly: Anomaly,
  incident: Incident,
  problem: Problem,
  chat: Chat,
  report: ReportPage,
  trace: Trace,
  search: Search,
  services: Services,
  service: Service,
  operation: Operation,
  slos: Slos,
  slo: Slos,
  deploys: Deploys,
  tests: Tests,
  testRun: TestRun,
  nodes: Nodes,
  node: Node,
  myNode: MyNode,
  ownNode: OwnNode,
  people: People,
  books: Books,
}
