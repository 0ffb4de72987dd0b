export type { LogDetails, Priority } from './event.ts'
export { createDebugQueue, type DebugQueue, type DebugQueueOptions, debugQueue } from './queue.ts'
export { wrapConsole, wrapPino } from './wrap.ts'
