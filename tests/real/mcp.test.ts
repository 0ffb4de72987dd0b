import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { TOOLS } from '../../mcp/tools/index.ts'
import { environmentOf, freePorts, ROOT, type SensoriumProcess, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const run = promisify(execFile)
const LIMIT_MS = 60_000

/** Those of the suite that any server can be asked; the others are about fixture tools and what we do not declare. */
const SCENARIOS = [
  'server-initialize',
  'ping',
  'tools-list',
  'prompts-list',
  'resources-list',
  'dns-rebinding-protection',
]

let tools = ''
let url = ''
let environment: Record<string, string> = {}
let sensorium: SensoriumProcess | undefined
after(() => sensorium?.end('SIGTERM'))
before(async () => {
  const { stdout } = await run('bash', [path.join(ROOT, 'scripts/real/mcp-tools.sh')])
  tools = /^MCP_TOOLS=(.+)$/m.exec(stdout)![1]!
  const ports = await freePorts()
  const own = { SENSORIUM_DATA_DIR: path.join(temporaryFolder('mcp'), 'postgres') }
  sensorium = await startSensorium({ ports, environment: own })
  environment = { ...environmentOf(ports), ...own }
  url = `http://127.0.0.1:${ports.application}/mcp`
})

async function runTool(name: string, args: readonly string[]): Promise<string> {
  const file = path.join(tools, 'node_modules/.bin', name)
  const options = { cwd: tools, timeout: LIMIT_MS, maxBuffer: 1 << 24, env: { ...process.env, ...environment } }
  const { stdout } = await run(process.execPath, [file, ...args], options)
  return stdout
}

for (const scenario of SCENARIOS) {
  test(`the official conformance suite passes over HTTP: ${scenario}`, async () => {
    const stdout = await runTool('conformance', ['server', '--url', url, '--scenario', scenario])
    const [, passed, total] = /Passed: (\d+)\/(\d+), 0 failed/.exec(stdout) ?? []
    assert.ok(Number(total) > 0 && passed === total, stdout)
  })
}

const WAYS: readonly (readonly [string, () => readonly string[]])[] = [
  ['HTTP', () => [url, '--transport', 'http']],
  [
    'stdio',
    () => [
      ...Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
      ...[process.execPath, path.join(ROOT, 'bin/sensorium.mjs'), 'mcp'],
    ],
  ],
]
for (const [way, target] of WAYS) {
  test(`the inspector lists and calls every tool over ${way}`, async () => {
    const ask = async (...args: string[]) =>
      JSON.parse(await runTool('mcp-inspector', ['--cli', ...target(), ...args])) as never // its --cli prints JSON
    const listed = (await ask('--method', 'tools/list')) as { tools: { name: string }[] }
    assert.deepEqual(
      listed.tools.map(({ name }) => name),
      TOOLS.map(({ name }) => name),
    )
    for (const { name, description } of TOOLS) {
      const example = Object.entries(JSON.parse(/\{".*\}$/.exec(description)![0]) as Record<string, unknown>) // ours
      const args = example.flatMap(([key, value]) => ['--tool-arg', `${key}=${value}`])
      const answer = (await ask('--method', 'tools/call', '--tool-name', name, ...args)) as {
        isError?: boolean
        content: { text: string }[]
      }
      assert.notEqual(answer.isError, true, `${name}: ${JSON.stringify(answer)}`)
      assert.match(answer.content[0]?.text ?? '', /./, name)
    }
  })
}
