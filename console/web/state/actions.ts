import { me, signedOut } from './person.ts'

/** Asks the server to change something; undefined where it did, else why not. */
export async function act(name: string, body: object): Promise<string | undefined> {
  const done = await ask<unknown>(name, body)
  return 'error' in done ? done.error : undefined
}

/** The same, with what was answered. */
export async function ask<T>(name: string, body: object): Promise<{ readonly data: T } | { readonly error: string }> {
  try {
    const response = await fetch(`/console/api/actions/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-sensorium-token': me.value?.token ?? '' },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as { data: T; error?: string } // as the server writes it
    if (response.status === 401) signedOut()
    return response.ok ? { data: answer.data } : { error: answer.error ?? `the server answered ${response.status}` }
  } catch {
    return { error: 'The server does not answer: nothing was changed. Try again when it is back.' }
  }
}
