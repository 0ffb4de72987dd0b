import type { Socket } from 'node:net'
import { senderOf } from '../../../pipeline/sender.ts'

/** What an address may begin at once, and in the long run: many senders behind one gateway come back after an outage. */
const BURST = 100
const PER_S = 20
/** A connection that made work and brought nothing counts as so many. What it costs to end one is some milliseconds. */
const WASTED = 10
/** Each holds what its sender has said so far, 64 KiB at most. */
const WAITING_MAX = 256

interface Address {
  credit: number
  creditAt: number
  readonly waiting: (() => void)[]
  timer: NodeJS.Timeout | undefined
}

export interface Newcomers {
  /** Calls `begin` when it is the connection's turn. */
  admit(socket: Socket, begin: () => void): void
  /** A connection of the address has ended that brought nothing. */
  wasted(remoteAddress: string | undefined): void
  close(): void
}

/**
 * Bounds what one address can cost by coming back. Whoever floods a connection is cut off after some hundred frames, and
 * to open the next one costs him less than us; so the connections of such an address begin one after the other, two a
 * second. Those that are open, and other addresses, notice nothing.
 */
export function createNewcomers(): Newcomers {
  const addresses = new Map<string, Address>()
  let waiting = 0

  const earn = (address: Address): void => {
    const now = performance.now()
    address.credit = Math.min(BURST, address.credit + ((now - address.creditAt) / 1_000) * PER_S)
    address.creditAt = now
  }
  const proceed = (name: string, address: Address): void => {
    earn(address)
    while (address.credit >= 1) {
      const next = address.waiting.shift()
      if (next === undefined) break
      waiting -= 1
      address.credit -= 1
      next()
    }
    clearTimeout(address.timer)
    // Forgotten when it has all that it can have.
    const missing = address.waiting.length > 0 ? 1 - address.credit : BURST - address.credit
    if (address.waiting.length === 0 && missing <= 0) addresses.delete(name)
    else address.timer = setTimeout(proceed, Math.ceil((missing / PER_S) * 1_000), name, address).unref()
  }
  const addressOf = (name: string): Address => {
    let address = addresses.get(name)
    if (address === undefined) {
      address = { credit: BURST, creditAt: performance.now(), waiting: [], timer: undefined }
      addresses.set(name, address)
    }
    return address
  }

  return {
    admit(socket, begin) {
      const name = senderOf(socket.remoteAddress)
      if (waiting >= WAITING_MAX) {
        socket.destroy()
        return
      }
      const address = addressOf(name)
      waiting += 1
      address.waiting.push(() => {
        if (!socket.destroyed) begin()
      })
      proceed(name, address)
    },
    wasted(remoteAddress) {
      const address = addressOf(senderOf(remoteAddress))
      earn(address)
      address.credit = Math.max(-WASTED, address.credit - WASTED)
    },
    close() {
      for (const { timer } of addresses.values()) clearTimeout(timer)
    },
  }
}
