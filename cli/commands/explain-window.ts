import type { Hypothesis } from '../../analysis/causes/index.ts'
import type { KnownChange } from '../../store/changes.ts'
import { withClient } from '../../store/connect.ts'
import { explainWindow, type Window, type WindowExplanation } from '../../store/explain-window.ts'
import { withStore } from '../database.ts'
import { type Line, printJson, printPainted } from '../terminal/guard.ts'

/** What is explained: so many minutes before `at`, and so many before those to compare with. */
export interface WindowQuestion {
  readonly at: Date
  readonly minutes: number
  readonly before: number
  readonly env: string
  readonly service?: string | undefined
}

const MINUTE_MS = 60_000

/** Reads the window, and prints where its trouble begins. */
export async function tellWindow(config: string, asked: WindowQuestion, isJson: boolean): Promise<void> {
  const explanation = await withStore(config, store =>
    withClient(store, 'reader', client =>
      explainWindow(async (sql, values) => (await client.query(sql, [...values])).rows, windowOf(asked)),
    ),
  )
  if (isJson) printJson(explanation, 2)
  else printPainted(explanationLines(explanation, asked))
}

function windowOf({ at, minutes, before, env, service }: WindowQuestion): Window {
  const from = new Date(+at - minutes * MINUTE_MS)
  const usualFrom = new Date(+from - before * MINUTE_MS)
  return { from, to: at, usualFrom, usualTo: from, env, visible: null, through: service }
}

function explanationLines({ hypotheses, notes }: WindowExplanation, asked: WindowQuestion): Line[] {
  const { minutes, at, before } = asked
  const range = `the ${minutes} minutes before ${at.toISOString()}`
  const told = notes.map((note): Line => [{ text: note, means: 'beside' }])
  if (hypotheses.length > 0) return [...hypotheses.flatMap(hypothesisLines), ...told]
  if (notes.length > 0) return told
  return [[`Nothing in ${range} is otherwise than in the ${before} minutes before them.`]]
}

/** A hypothesis as people read it in a terminal. */
export function hypothesisLines(hypothesis: Hypothesis<KnownChange>, place: number): Line[] {
  const { kind, name, instance, since, confidence, because, against, confirm, path, dependency } = hypothesis
  const where = instance === undefined || instance === name ? name : `${name} (${instance})`
  const beside = (text: string): Line => [{ text: `   ${text}`, means: 'beside' }]
  const calling = dependency === undefined ? '' : ` calling ${dependency}`
  return [
    [
      `${place + 1}. `,
      { text: where + calling, means: place === 0 ? 'heading' : undefined },
      `  ${kind.replaceAll('_', ' ')}, ${Math.round(confidence * 100)} % sure, since ${new Date(since).toISOString()}`,
    ],
    ...[...changeText(hypothesis), ...thrownText(hypothesis), ...because].map((text): Line => [`   ${text}`]),
    ...against.map(text => beside(`against it: ${text}`)),
    beside(`to confirm: ${confirm}`),
    ...(path.length === 0 ? [] : [beside(`way: ${path.map(({ service }) => service).join(' → ')}`)]),
    ...(path.length === 0 ? [] : [beside(`seen in: sensorium trace ${path.at(-1)!.traceId}`)]),
    [],
  ]
}

function changeText({ change }: Hypothesis<KnownChange>): string[] {
  if (change === undefined) return []
  const { what, service, release, at, commit, title } = change
  const parts = [`after ${what}`, service, release, 'at', new Date(at).toISOString(), commit?.slice(0, 12)]
  return [`${parts.filter(part => part !== undefined).join(' ')}${title === undefined ? '' : ` "${title}"`}`]
}

function thrownText({ thrown }: Hypothesis<KnownChange>): string[] {
  if (thrown === undefined) return []
  const { fingerprint, exception, message, file, line } = thrown
  const place =
    file === undefined ? '' : ` in ${thrown.function ?? ''} (${file}${line === undefined ? '' : `:${line}`})`
  return [`${exception ?? 'problem'}${place}: ${message ?? ''}`, `its problem: sensorium explain ${fingerprint}`]
}
