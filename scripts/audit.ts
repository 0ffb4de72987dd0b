import { spawnSync } from 'node:child_process'

/**
 * Asks the registry whether a dependency has a known weakness. Fails on one that is high or critical in what is
 * installed to run. Where the registry has no audit, or cannot be reached, says so and passes: a build must not depend
 * on somebody else's service.
 */
const { stdout, stderr } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--audit-level=high'], {
  encoding: 'utf8',
  timeout: 60_000,
})

interface Report {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> }
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>
}

function parsed(text: string): Report {
  try {
    return JSON.parse(text) as Report // npm's documented form; each field may be missing
  } catch {
    return {}
  }
}

const report = parsed(stdout)
const counts = report.metadata?.vulnerabilities
if (counts === undefined) {
  const reason = (stderr || stdout).split('\n').find(line => /error|audit/i.test(line)) ?? 'no answer'
  console.log(`dependencies were NOT checked: the registry's audit cannot be reached (${reason.trim().slice(0, 120)})`)
} else {
  const found = Object.entries(report.vulnerabilities ?? {})
  for (const [name, { severity, range }] of found) console.log(`${severity}: ${name} ${range}`)
  const serious = (counts.high ?? 0) + (counts.critical ?? 0)
  console.log(
    `dependencies were checked: ${counts.total ?? found.length} with a known weakness, ${serious} of them high or critical`,
  )
  if (serious > 0) process.exitCode = 1
}
