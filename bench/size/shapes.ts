import { runDemo } from '../../demo/index.ts'
import type { Ports } from '../../tests/sensorium-process.ts'
import { sendPlatform } from './platform.ts'

/** Shape of traffic → sends so many minutes of it, in order of time. */
export const SHAPES: Readonly<Record<string, (ports: Ports, minutes: number) => Promise<void>>> = {
  demo: async ({ http }, minutes) => {
    await runDemo({ endpoint: `http://127.0.0.1:${http}`, minutes })
  },
  platform: ({ http }, minutes) => sendPlatform(`http://127.0.0.1:${http}`, minutes),
}
