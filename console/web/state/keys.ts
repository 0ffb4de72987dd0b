import { useEffect } from 'preact/hooks'

export interface Key {
  /** For the list that `?` shows. */
  readonly words: string
  run(): void
}

/** `g h` are two keys, one after the other. */
export type Keys = Readonly<Record<string, Key>>

const held = new Set<Keys>()

/** All that hold now, for whoever asks what can be pressed. */
export function keysNow(): readonly (readonly [string, string])[] {
  return [...held].flatMap(keys => Object.entries(keys).map(([key, { words }]): [string, string] => [key, words]))
}

/** Keys that hold while the component is on the page. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    held.add(keys)
    return () => void held.delete(keys)
  })
}

const SEQUENCE_MS = 1_200
let before: { key: string; at: number } | undefined

export function followKeys(): void {
  document.addEventListener('keydown', event => {
    if (event.metaKey || event.ctrlKey || event.altKey) {
      if (event.key.toLowerCase() !== 'k' || event.altKey) return
      if (press('/')) event.preventDefault()
      return
    }
    if (isTyping(event.target)) return
    const now = performance.now()
    const pair = before !== undefined && now - before.at < SEQUENCE_MS ? `${before.key} ${event.key}` : undefined
    before = { key: event.key, at: now }
    if ((pair !== undefined && press(pair)) || press(event.key)) {
      event.preventDefault()
      before = undefined
    }
  })
}

/** The latest that was put on the page is asked first. */
function press(key: string): boolean {
  for (const keys of [...held].reverse()) {
    const found = keys[key]
    if (found === undefined) continue
    found.run()
    return true
  }
  return false
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}
