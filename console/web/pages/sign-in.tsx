import { useState } from 'preact/hooks'
import { ErrorNote } from '../parts/basics.tsx'
import { signIn } from '../state/person.ts'

export function SignIn() {
  const [error, setError] = useState<string>()
  const [isWaiting, setWaiting] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement) // the form of this page
    setWaiting(true)
    setError(await signIn(String(fields.get('name')), String(fields.get('password'))))
    setWaiting(false)
  }
  return (
    <main id="main" class="sign-in">
      <form onSubmit={event => void submit(event)}>
        <h1>Sensorium</h1>
        <p class="unit">Sign in to see what is going on.</p>
        <label>
          Name
          <input name="name" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {error !== undefined && <ErrorNote words={error} />}
        <button type="submit" class="primary" disabled={isWaiting}>
          Sign in
        </button>
      </form>
    </main>
  )
}
