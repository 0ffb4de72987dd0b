import type { ClientRequest } from 'node:http'

/** Longer than any healthy server takes to accept a connection, or to take in what it is sent. */
const CHECK_INTERVAL_MS = 500
/** What the requests themselves wait for, and the streams of a process, which are there until its end. */
const OWN_RESOURCES = /^(?:(?:TCP)?ConnectWrap|\w*WriteWrap|ShutdownWrap|GetAddrInfoReqWrap|PipeWrap|TTYWrap)$/

/**
 * The request does not keep the process: one that has nothing else to do ends, also when the server never answers. A
 * socket without reference does not do it alone: a connection that is being made and a write that the server does not
 * take in keep the process, too. They are given up, to be tried again, when nothing but them is left.
 */
export function releaseProcess(request: ClientRequest): void {
  const settled = () => {
    unsettled.delete(request)
    clearInterval(timer)
  }
  unsettled.add(request)
  const timer = setInterval(() => {
    if (hasNothingElse()) giveUp()
  }, CHECK_INTERVAL_MS)
  timer.unref()
  request.on('socket', socket => {
    socket.unref()
    // A host with several addresses gets a handle of its own for each.
    if (socket.connecting) socket.on('connectionAttempt', () => socket.unref())
  })
  request.on('finish', settled)
  request.on('close', settled)
}

/** Requests that are not yet with the server as a whole. */
const unsettled = new Set<ClientRequest>()

/** All at once: one by one, each would be tried again while another holds the process. */
function giveUp(): void {
  for (const request of unsettled) {
    request.destroy(new Error('the server takes nothing in, and the process has nothing else to do'))
  }
}

/** A mistake costs no more than another try: what Node does in threads of its own is not among its resources. */
function hasNothingElse(): boolean {
  return process.getActiveResourcesInfo().every(name => OWN_RESOURCES.test(name))
}
