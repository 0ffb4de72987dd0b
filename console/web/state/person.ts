import { signal } from '@preact/signals'
import { WHO_I_AM } from '../../first-questions.ts'

export interface Me {
  readonly name: string
  readonly role: 'viewer' | 'responder' | 'admin'
  readonly isSignedIn: boolean
  /** Shown with every change, so that no other page can make one. */
  readonly token: string
  /** Where senders reach OTLP over HTTP. */
  readonly otlp_endpoint?: string
}

/** Undefined until the server has said who we are; null: it asks us to sign in. */
export const me = signal<Me | null | undefined>(undefined)

export async function askWhoIAm(): Promise<void> {
  try {
    const response = await fetch(WHO_I_AM)
    if (response.ok)
      me.value = (await response.json()) as Me // as the server writes it
    else if (response.status === 401) me.value = null
  } catch {
    setTimeout(() => void askWhoIAm(), 2_000)
  }
}

/** The session is over: the page asks to sign in again, and goes on where it was. */
export function signedOut(): void {
  if (me.value !== undefined) me.value = null
}

export function mayChange(): boolean {
  return me.value !== null && me.value !== undefined && me.value.role !== 'viewer'
}

/** Undefined where it worked, else why not. */
export async function signIn(name: string, password: string): Promise<string | undefined> {
  try {
    const response = await fetch('/console/api/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password }),
    })
    if (response.ok) return void (await askWhoIAm())
    return ((await response.json()) as { error: string }).error // as the server writes it
  } catch {
    return 'The server does not answer; try again.'
  }
}

export async function signOut(): Promise<void> {
  await fetch('/console/api/sign-out', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-sensorium-token': me.value?.token ?? '' },
  })
  await askWhoIAm()
}

/** How people may sign in here: `oidc` is what the button says. Asked until the server answers. */
export async function waysIn(): Promise<{ readonly passwords: boolean; readonly oidc?: string }> {
  try {
    const response = await fetch('/console/api/sign-in')
    if (response.ok) return (await response.json()) as Awaited<ReturnType<typeof waysIn>> // as the server writes it
  } catch {
    // Not there; it may come back.
  }
  await new Promise(resolve => setTimeout(resolve, 2_000))
  return waysIn()
}
