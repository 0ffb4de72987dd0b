import type { XmlHttpRequest } from './page.ts'
import { quietly, type Recording } from './recording.ts'
import { startRequest } from './requests.ts'

/** A span for each XMLHttpRequest, from `send` to its end. */
export function instrumentXhr(recording: Recording): void {
  const prototype = recording.page.XMLHttpRequest?.prototype
  if (prototype === undefined) return
  const opened = new WeakMap<XmlHttpRequest, readonly [method: string, url: string]>()
  const { open, send } = prototype
  prototype.open = function (this: XmlHttpRequest, method, url, ...rest) {
    quietly(() => opened.set(this, [String(method), String(url)]))
    return open.call(this, method, url, ...rest)
  }
  prototype.send = function (this: XmlHttpRequest, ...args) {
    quietly(() => begin(recording, this, opened.get(this)))
    return send.apply(this, args)
  }
}

function begin(recording: Recording, xhr: XmlHttpRequest, opened: readonly [string, string] | undefined): void {
  const request = opened === undefined ? undefined : startRequest(recording, ...opened)
  if (request === undefined) return
  if (request.traceparent !== undefined) xhr.setRequestHeader('traceparent', request.traceparent)
  const ends = {
    load: () => request.answered(xhr.status),
    error: () => request.failed('network', 'the request failed'),
    timeout: () => request.failed('timeout', 'no answer in time'),
    abort: () => request.aborted(),
  }
  for (const [type, end] of Object.entries(ends)) xhr.addEventListener(type, () => quietly(end), { once: true })
}
