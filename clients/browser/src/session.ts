import type { Page } from './page.ts'

export interface Session {
  /** 32 hex digits; one for a tab until it is closed. */
  readonly id: string
  readonly isSampled: boolean
}

const KEY = 'sensorium.session'

/** A tab is recorded as a whole or not at all, so that what is seen of a visit is complete. */
export function openSession(page: Page, sampleRatio: number): Session {
  const id = storedId(page) ?? randomHex(16)
  try {
    page.sessionStorage.setItem(KEY, id)
  } catch {
    // Storage is denied to this page: each document is a session then.
  }
  return { id, isSampled: Number.parseInt(id.slice(0, 8), 16) / 2 ** 32 < sampleRatio }
}

function storedId(page: Page): string | undefined {
  try {
    const id = page.sessionStorage.getItem(KEY)
    return id !== null && /^[0-9a-f]{32}$/.test(id) ? id : undefined
  } catch {
    return undefined
  }
}

export function randomHex(bytes: number): string {
  let hex = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) hex += byte.toString(16).padStart(2, '0')
  return hex
}
