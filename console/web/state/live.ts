import { type Signal, signal } from '@preact/signals'
import { WHO_I_AM } from '../../first-questions.ts'
import { askWhoIAm, signedOut } from './person.ts'

/** `slow`: the server is there, its database does not answer. */
export type Connection = 'connecting' | 'live' | 'slow' | 'gone'

export const connection = signal<Connection>('connecting')
/** In words, where it is not live; what stands on the page is of `since`. It is told once, for the whole page. */
export const trouble = signal<{ readonly words: string; readonly since: number } | undefined>(undefined)

const topics = new Map<string, Signal<string>>()

/** A signal that is another whenever something of the topic has changed. */
export function changesOf(topic: string): Signal<string> {
  let found = topics.get(topic)
  if (found === undefined) {
    found = signal('')
    topics.set(topic, found)
  }
  return found
}

/** The server says something every two seconds; past this it is gone. */
const SILENCE_MAX_MS = 8_000
const RETRY_MIN_MS = 500
const RETRY_MAX_MS = 5_000

/** Listens for ever to what changes, and says when nobody is there to tell. */
export function listen(): void {
  let source: EventSource | undefined
  let retryMs = RETRY_MIN_MS
  let silence: ReturnType<typeof setTimeout> | undefined

  const tell = (words: string) => {
    trouble.value = { words, since: trouble.value?.since ?? Date.now() }
  }
  const heard = () => {
    clearTimeout(silence)
    silence = setTimeout(lost, SILENCE_MAX_MS)
  }
  const lost = () => {
    clearTimeout(silence)
    source?.close()
    if (connection.value !== 'gone') {
      connection.value = 'gone'
      tell('The server does not answer. This page goes on by itself when it is back.')
    }
    setTimeout(open, retryMs)
    retryMs = Math.min(RETRY_MAX_MS, retryMs * 2)
  }
  const open = () => {
    source = new EventSource('/console/api/live')
    heard()
    source.addEventListener('error', () => {
      // A stream that is refused says not why: who we are may be the reason.
      void fetch(WHO_I_AM).then(
        ({ status }) => status === 401 && signedOut(),
        () => {},
      )
      lost()
    })
    source.addEventListener('changes', event => {
      heard()
      retryMs = RETRY_MIN_MS
      for (const [topic, stamp] of Object.entries(JSON.parse(event.data) as Record<string, string>)) {
        changesOf(topic).value = stamp
      }
      // A server that was started anew has a new token for changes.
      if (connection.value === 'gone') void askWhoIAm()
      connection.value = 'live'
      trouble.value = undefined
    })
    source.addEventListener('trouble', event => {
      heard()
      connection.value = 'slow'
      tell((JSON.parse(event.data) as { words: string }).words)
    })
  }
  open()
}
