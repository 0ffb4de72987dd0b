import { z } from 'zod'
import type { Row } from '../answer.ts'
import { nextCall, traceCall } from '../answer.ts'
import { plainRow } from '../answer-text.ts'
import { budget, defineTool, text } from '../tool.ts'

const HYPOTHESES = 5

/** Of the resource report://. */
export const getReport = defineTool({
  name: 'get_report',
  title: 'A stored report',
  description: 'What something that was noticed likely came from. {"report_id":"3f2a9c01b7de"}',
  input: z.strictObject({ report_id: text(64), ...budget }),
  async run({ report_id: id }, access) {
    const visible = access.services ?? null
    const reports = await access.shown(
      `SELECT id, trigger_kind, title, severity, service, environment, triggered_at, fingerprint, incident_id, entities_hit, correlation_id,
         notes, timeline, window_from, window_to
       FROM reports WHERE starts_with(id, $1) AND is_among(service, $2) ORDER BY id LIMIT 1`,
      [id.toLowerCase(), visible],
    )
    const [report] = reports
    if (report === undefined) {
      return { summary: 'No report.', sections: [], empty: 'There is no report with this id that this caller may see.' }
    }
    const { timeline, notes, ...facts } = report
    const prose = await access.shown(
      `SELECT p.prose, p.note, p.model FROM report_prose p JOIN reports r ON r.id = p.report_id AND r.revision = p.revision WHERE r.id = $1`,
      [report.id],
    )
    const hypotheses = await access.shown(
      `SELECT place, kind, name, dependency, instance, operation, exception, function, file, release, commit, since, confidence, because,
         against, confirm, shared, fingerprint, path
       FROM hypotheses WHERE report_id = $1 AND is_among(name, $2) ORDER BY place LIMIT ${HYPOTHESES}`,
      [report.id, visible],
    )
    const first = hypotheses[0]
    const path = (Array.isArray(first?.path) ? first.path : []) as readonly Row[]
    const trace = path.find(step => step.table === 'trace_spans')
    return {
      summary:
        first === undefined
          ? 'A report that names no cause.'
          : `A report with ${hypotheses.length} hypotheses; the first is ${String(first.kind).replaceAll('_', ' ')}, ${Math.round(Number(first.confidence) * 100)} % sure.`,
      sections: [
        { name: 'report', rows: [plainRow(facts)] },
        { name: 'hypotheses', rows: hypotheses.map(({ path: _, ...one }) => plainRow(one)) },
        { name: 'path', rows: path },
        { name: 'prose', rows: prose },
        { name: 'timeline', rows: (Array.isArray(timeline) ? timeline : []) as readonly Row[] },
        { name: 'notes', rows: (Array.isArray(notes) ? notes : []).map(note => ({ note })) },
      ],
      next: [
        ...(typeof report.fingerprint === 'string'
          ? [nextCall('explain_failure', { fingerprint: report.fingerprint, env: '*' })]
          : []),
        ...traceCall(trace === undefined ? undefined : { trace_id: trace.id! }),
      ],
    }
  },
})
