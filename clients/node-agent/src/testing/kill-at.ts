import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Before the agent: the process kills itself before or after the change of the disk that KILL_AT counts to. */
const killAt = Number(process.env.KILL_AT)
let step = 0
function pass(): void {
  step += 1
  if (step === killAt) process.kill(process.pid, 'SIGKILL')
}

for (const name of ['mkdir', 'rename', 'rm', 'writeFile'] as const) {
  // Whatever the arguments are, they are passed on.
  const original = fs.promises[name] as (...all: unknown[]) => Promise<unknown>
  const counted = async (...all: unknown[]) => {
    pass()
    const result = await original(...all)
    pass()
    return result
  }
  Object.assign(fs.promises, { [name]: counted })
}
syncBuiltinESMExports()
