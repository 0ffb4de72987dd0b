import type { JSX } from 'preact'
import type { RouteName } from '../routes.ts'
import { Chat } from './pages/chat.tsx'
import { Home } from './pages/home.tsx'
import { Incident } from './pages/incident.tsx'
import { Problem } from './pages/problem.tsx'
import { ReportPage } from './pages/report.tsx'
import { Trace } from './pages/trace.tsx'

/** What is drawn at each address. */
export const pages: Readonly<Record<RouteName, () => JSX.Element>> = {
  home: Home,
  incident: Incident,
  problem: Problem,
  chat: Chat,
  report: ReportPage,
  trace: Trace,
}
