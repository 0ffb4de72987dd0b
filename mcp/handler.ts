/** What answers a call, in one module that is loaded when the first is to come. */
export { createMcpHandler } from '@modelcontextprotocol/server'
export { createAgentServer } from './server.ts'
