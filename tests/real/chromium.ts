import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { temporaryFolder } from '../temporary-folder.ts'

/** A page in a real browser that does what it is told, over the DevTools protocol. */
export interface Tab {
  goTo(url: string): Promise<void>
  /** What the expression, or the promise that it is, comes to in the page. */
  evaluate(expression: string): Promise<unknown>
  /** As a person would, by the mouse, in the middle of the element. */
  click(selector: string): Promise<void>
  /** A window of that size, in pixels. */
  resize(width: number, height: number): Promise<void>
  /** What the window shows, as PNG. */
  picture(): Promise<Buffer>
  /** What the page wrote to its console, and its uncaught errors. */
  readonly console: string[]
}

/** As Debian names it. */
const BROWSER = 'chromium'
const QUIET = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

type Message = {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: unknown
  error?: { message: string }
}

export async function openTab(t: TestContext): Promise<Tab> {
  const socket = await launch(t)
  const waiting = new Map<number, PromiseWithResolvers<never>>()
  const listeners = new Map<string, () => void>()
  const lines: string[] = []
  let lastId = 0
  let sessionId: string | undefined

  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, result, error }: Message = JSON.parse(String(data))
    if (method === 'Runtime.consoleAPICalled' || method === 'Runtime.exceptionThrown')
      lines.push(JSON.stringify(params))
    if (method !== undefined) listeners.get(method)?.()
    if (id === undefined) return
    if (error === undefined)
      waiting.get(id)?.resolve(result as never) // typed by whoever sent it
    else waiting.get(id)?.reject(new Error(error.message))
    waiting.delete(id)
  })
  function send<T>(method: string, params: object = {}): Promise<T> {
    const answer = Promise.withResolvers<never>()
    waiting.set(++lastId, answer)
    socket.send(JSON.stringify({ id: lastId, method, params, sessionId }))
    return answer.promise
  }

  const { targetId } = await send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
  sessionId = (await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })).sessionId
  await send('Page.enable')
  await send('Runtime.enable')

  async function evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true }
    const { result, exceptionDetails } = await send<{ result: { value: unknown }; exceptionDetails?: unknown }>(
      'Runtime.evaluate',
      options,
    )
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return result.value
  }
  return {
    console: lines,
    evaluate,
    goTo: async url => {
      const loaded = new Promise<void>(resolve => listeners.set('Page.loadEventFired', resolve))
      await send('Page.navigate', { url })
      await loaded
    },
    resize: async (width, height) => {
      await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false })
    },
    picture: async () => {
      const { data } = await send<{ data: string }>('Page.captureScreenshot', { format: 'png' })
      return Buffer.from(data, 'base64')
    },
    click: async selector => {
      const middle = `(() => { const r = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
        return [r.x + r.width / 2, r.y + r.height / 2] })()`
      const [x, y] = (await evaluate(middle)) as [number, number] // as the expression says
      for (const type of ['mousePressed', 'mouseReleased']) {
        await send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 })
      }
    },
  }
}

async function launch(t: TestContext): Promise<WebSocket> {
  const profile = temporaryFolder('chromium')
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', ...QUIET]
  const child = spawn(BROWSER, [...options, `--user-data-dir=${profile}`], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(async () => {
    const exit = once(child, 'exit')
    child.kill()
    await exit
  })
  for await (const line of createInterface(child.stderr)) {
    const address = /listening on (ws:\S+)/.exec(line)?.[1]
    if (address === undefined) continue
    child.stderr.resume()
    const socket = new WebSocket(address)
    await once(socket, 'open')
    return socket
  }
  throw new Error('chromium ended before it listened')
}
