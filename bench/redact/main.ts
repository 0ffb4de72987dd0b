import { parseArgs } from 'node:util'
import { createScanner } from '../../analysis/sensitive/scanner.ts'
import { readCorpus } from './read-corpus.ts'
import { type Score, score } from './score.ts'

/**
 * How much of what is secret is found, how much of what is found is secret, and how fast.
 *
 *   npm run bench:redact [-- --json] [-- --show]
 *
 * Speed is that over the texts of an ordinary HTTP span and of ordinary log lines, beside a reference in the same run:
 * one pass that writes the same texts as UTF-8.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean' }, show: { type: 'boolean' } } })

const TRAFFIC = [
  'GET /api/orders/{id}',
  'https://shop.example.com/api/orders/184467?page=2',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'SELECT id, total, currency FROM orders WHERE customer_id = $1 AND state = $2 ORDER BY created_at DESC LIMIT 20',
  'order ord_8fk2jq accepted for customer 4711 in 12.4 ms',
  'checkout-7f9c8d6b5-x2x9k',
  'payment provider answered 200 after 3 tries, total 18.40 EUR, trace 4bf92f3577b34da6a3ce929d0e0e4736',
  'HTTP/1.1',
  'connection to 10.42.0.17:5432 closed by peer after 30012 ms idle',
]
const ROUNDS = 20_000
const REPEATS = 5

const scan = createScanner({
  credentials: true,
  emailAddresses: false,
  cardNumbers: false,
  patterns: [],
  replace: kind => `[REDACTED:${kind}]`,
})
const secrets = readCorpus('secrets.tsv')
const result: Score = score(secrets, readCorpus('harmless.tsv'), scan)

const buffer = Buffer.alloc(4_096)
const scanned: number[] = []
const written: number[] = []
for (let repeat = 0; repeat < REPEATS; repeat++) {
  scanned.push(megabytesPerSecond(scan))
  written.push(megabytesPerSecond(text => buffer.write(text, 0, 'utf8')))
}

const report = {
  recall: rounded(result.recall),
  precision: rounded(result.precision),
  secrets: result.secrets,
  forms: new Set(secrets.map(line => line.form)).size,
  harmless: result.harmless,
  mb_per_s: Math.round(median(scanned)),
  reference_mb_per_s: Math.round(median(written)),
  ratio: rounded(median(scanned) / median(written)),
}
if (values.json) console.log(JSON.stringify(report))
else {
  console.log(`recall     ${report.recall} of ${report.secrets} secrets in ${report.forms} forms`)
  console.log(`precision  ${report.precision}, with ${report.harmless} harmless look-alikes`)
  console.log(
    `speed      ${report.mb_per_s} MB/s; writing the same as UTF-8 ${report.reference_mb_per_s} MB/s, ratio ${report.ratio}`,
  )
  if (values.show) {
    for (const line of result.leaked) console.log(`leaked     ${line.replaceAll('\n', '↵')}`)
    for (const line of result.destroyed) console.log(`destroyed  ${line.replaceAll('\n', '↵')}`)
  }
}

function megabytesPerSecond(work: (text: string) => unknown): number {
  const characters = TRAFFIC.reduce((sum, text) => sum + text.length, 0) + 6
  const start = performance.now()
  // A number in each text, so that no text is remembered.
  for (let i = 0; i < ROUNDS; i++) for (const text of TRAFFIC) work(i % 2 === 0 ? text : `${text} ${i}`)
  return (characters * ROUNDS) / 1e6 / ((performance.now() - start) / 1_000)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
