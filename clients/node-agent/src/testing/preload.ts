import { startNodeAgent } from '../index.ts'

/** Before the script of `runNode`: the agent, as a global. */
const agent = startNodeAgent({
  version: '0.3.1',
  folder: process.env.NODE_AGENT_FOLDER ?? '',
  onWarning: () => {},
})
Object.assign(globalThis, { agent })
