import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { createDatabase } from '../tests/postgres.ts'
import { runCommand } from '../tests/sensorium-process.ts'
import { temporaryFolder } from '../tests/temporary-folder.ts'
import { addCommands } from './commands.ts'

/** What serves, sends or writes, or has one form only. */
const WITHOUT: ReadonlySet<string> = new Set([
  ...['demo', 'mcp', 'embed-server', 'reembed', 'model pull', 'grafana export', 'grafana provision'],
  // A schema in JSON, and a shell's script.
  ...['config schema', 'completion'],
])

test('every command that reads prints JSON for programs', async () => {
  const program = new Command('sensorium')
  await addCommands(program, () => true)
  const leaves = (command: Command, name: string): (readonly [string, Command])[] =>
    command.commands.length === 0
      ? [[name, command]]
      : command.commands.flatMap(one => leaves(one, `${name} ${one.name()}`.trim()))
  const found = leaves(program, '').filter(([, command]) => command.options.every(({ long }) => long !== '--json'))
  assert.deepEqual(
    found.map(([name]) => name).filter(name => !WITHOUT.has(name)),
    [],
  )
})

const ANSWERS: readonly (readonly [args: readonly string[], keys: readonly string[]])[] = [
  [
    ['version', '--json'],
    ['sensorium', 'node'],
  ],
  [
    ['config', 'check', '--json'],
    ['file', 'pipelines', 'faults'],
  ],
  [
    ['config', 'print', '--json'],
    ['receivers', 'processors', 'exporters', 'service'],
  ],
  [
    ['migrate', '--dry-run', '--json'],
    ['database', 'planned'],
  ],
  [
    ['migrate', '--json'],
    ['database', 'footing', 'applied'],
  ],
  [
    ['doctor', '--json'],
    ['ok', 'checks'],
  ],
]

test('JSON is the whole of stdout, and one value', async () => {
  const { url } = await createDatabase()
  for (const [args, keys] of ANSWERS) {
    const { stdout, stderr, code } = await runCommand(args, { DATABASE_URL: url })
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`)
    assert.deepEqual(Object.keys(JSON.parse(stdout) as object), keys, args.join(' '))
  }
})

test('config check --json tells each fault with its place, and the exit code is 1', async () => {
  const { writeFileSync } = await import('node:fs')
  const file = `${temporaryFolder('config')}/sensorium.yaml`
  writeFileSync(file, 'receivers:\n  otlp: {}\n  otlpp: {}\nservice:\n  pipelines: {}\n')
  const { stdout, code } = await runCommand(['config', 'check', '--json', '--config', file], {})
  assert.equal(code, 1)
  const { faults } = JSON.parse(stdout) as { faults: readonly { line: number; key: string; message: string }[] } // --json
  assert.partialDeepStrictEqual(
    faults.find(({ key }) => key === 'receivers.otlpp'),
    { line: 3 },
  )
})
