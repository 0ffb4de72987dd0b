import type pg from 'pg'
import { faultOfProse } from '../../../analysis/prose/check.ts'
import { evidenceOf } from '../../../analysis/prose/evidence.ts'
import { AgentError, type AgentPort } from '../../../pipeline/agent/port.ts'
import { HIDING } from '../../../pipeline/hidden-text.ts'
import { serviceNames, type UntoldReport, untoldReports, writeProse } from '../../../store/reports/prose.ts'
import { proseMessages } from './prompt.ts'

/** A report of yesterday is read as it stands. */
const FRESH_MS = 3_600_000
const REPORTS_A_ROUND = 3

/**
 * Puts reports that are stored and told already into sentences, and keeps those that name evidence for all that they
 * say; of the others, why they are not kept. Each revision is tried once.
 */
export async function proseRound(
  client: pg.ClientBase,
  agent: AgentPort,
  deadlineMs: number,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const reports = await untoldReports(client, new Date(now - FRESH_MS), REPORTS_A_ROUND)
  if (reports.length === 0) return
  const services = await serviceNames(client)
  await Promise.all(reports.map(report => tell(client, agent, report, { services, deadlineMs, signal })))
}

async function tell(
  client: pg.ClientBase,
  agent: AgentPort,
  report: UntoldReport,
  { services, deadlineMs, signal }: { services: readonly string[]; deadlineMs: number; signal: AbortSignal },
): Promise<void> {
  const startedAt = performance.now()
  const evidence = evidenceOf(report)
  const { text, note, tokens } = await asked(agent, evidence, deadlineMs, signal)
  const fault = text === undefined ? undefined : faultOfProse(text, evidence, services)
  const prose = fault === undefined ? text : undefined
  await writeProse(client, {
    ...{ report: report.id, revision: report.revision, model: agent.model, evidence, tokens, prose },
    note: fault === undefined ? note : `what ${agent.model} wrote is not shown: ${fault}`,
    tookMs: performance.now() - startedAt,
  })
}

/** What the model wrote, or why it did not. */
async function asked(
  agent: AgentPort,
  evidence: ReturnType<typeof evidenceOf>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<{ readonly text?: string; readonly note?: string; readonly tokens: number }> {
  try {
    const reply = await agent.chat(proseMessages(evidence), [], { purpose: 'prose', deadlineMs, signal })
    const tokens = reply.tokens.input + reply.tokens.output
    if (reply.isCut) return { tokens, note: `what ${agent.model} wrote is not shown: it came to no end` }
    return { tokens, text: reply.text.replaceAll('\u0000', '').replace(HIDING, '').trim().toWellFormed() }
  } catch (error) {
    if (!(error instanceof AgentError) || signal.aborted) throw error
    return { tokens: 0, note: `${agent.model} wrote nothing: ${error.message}` }
  }
}
