import { createWriteStream } from 'node:fs'
import { glob } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import nodeTestReport from '../clients/ci-reporter/src/node-test.ts'

/**
 * Runs the tests and closes with `N passed, N failed, N skipped`.
 *
 *   npm test                     everything that needs Node and npm alone
 *   npm test -- pipeline store   the files whose path holds one of the words
 *   npm test -- --real           tests/real: the stock collector, TimescaleDB
 *
 * With SENSORIUM_TEST_REPORT=FILE it also writes a report that `sensorium-ci report` reads.
 */
const ROOT = path.resolve(import.meta.dirname, '..')
/** Folders that hold no tests of ours. */
const SKIPPED = new Set(['node_modules', 'data', '.git'])
const words = process.argv.slice(2).filter(word => !word.startsWith('--'))
const isReal = process.argv.includes('--real')
/**
 * They measure what an honest sender or agent waits while somebody attacks. Beside another file they would measure that
 * one, so they run after the others, one at a time.
 */
const ALONE = /^tests\/(?:e2e\/(?:guard|http2-floods|statements)|store\/reader-place)\.test\.ts$/
/** A hung test must fail, not hold up CI until its own limit. */
const TIMEOUT_MS = isReal ? 900_000 : 480_000

const [together, alone]: [string[], string[]] = [[], []]
for await (const file of glob('**/*.test.ts', { cwd: ROOT, exclude: name => SKIPPED.has(name) })) {
  const isWanted = words.length === 0 || words.some(word => file.includes(word))
  if (isWanted && file.startsWith('tests/real/') === isReal) (ALONE.test(file) ? alone : together).push(file)
}

const counts = { passed: 0, failed: 0, skipped: 0 }
type Event = { readonly type: string; readonly data: unknown }
async function* runAll(): AsyncGenerator<Event> {
  // Real servers share ports and cores; the others bring their own.
  yield* runFiles(together, isReal ? 1 : availableParallelism())
  yield* runFiles(alone, 1)
}

async function* runFiles(files: readonly string[], concurrency: number): AsyncGenerator<Event> {
  if (files.length === 0) return
  const stream = run({ files: files.map(file => path.join(ROOT, file)).sort(), concurrency, timeout: TIMEOUT_MS })
  stream.on('test:pass', event => {
    if (event.details.type === 'suite') return
    if (event.skip !== undefined || event.todo !== undefined) counts.skipped += 1
    else counts.passed += 1
  })
  stream.on('test:fail', event => {
    // A suite that fails because of its tests is told by them; one whose hook or body threw is told nowhere else.
    if (event.details.type === 'suite' && Reflect.get(event.details.error, 'failureType') === 'subtestsFailed') return
    if (event.skip !== undefined || event.todo !== undefined) counts.skipped += 1
    else counts.failed += 1
  })
  yield* stream
}

const stream = Readable.from(runAll())
stream.compose(spec).pipe(process.stdout)
const reportFile = process.env.SENSORIUM_TEST_REPORT
if (reportFile) stream.compose(nodeTestReport).pipe(createWriteStream(reportFile))
stream.on('end', () => {
  // After the reporter's own summary.
  setImmediate(() => {
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1
  })
})
