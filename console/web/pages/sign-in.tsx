import { useEffect, useState } from 'preact/hooks'
import { SIGN_IN_FAULTS, type SignInFaultCode } from '../../contract.ts'
import { ErrorNote, Skeleton } from '../parts/basics.tsx'
import { signIn, waysIn } from '../state/person.ts'
import { param, setParams } from '../state/router.ts'

/** With a name and a password, or at the provider that vouches for people: whatever is set up. */
export function SignIn() {
  const [error, setError] = useState(SIGN_IN_FAULTS[param('sign-in') as SignInFaultCode] as string | undefined)
  const [isWaiting, setWaiting] = useState(false)
  const [ways, setWays] = useState<Awaited<ReturnType<typeof waysIn>>>()
  useEffect(() => {
    // The address stays what the page shows, and is where people come back to.
    setParams({ 'sign-in': undefined })
    void waysIn().then(setWays)
  }, [])
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
        {error !== undefined && <ErrorNote words={error} />}
        {ways === undefined && <Skeleton lines={2} />}
        {ways?.oidc !== undefined && (
          <a
            class="button primary"
            href={`/console/api/sign-in/oidc?${new URLSearchParams({ to: `${location.pathname}${location.search}` })}`}
          >
            {ways.oidc}
          </a>
        )}
        {ways?.oidc !== undefined && ways.passwords && <p class="unit or">or</p>}
        {ways?.passwords && (
          <>
            <label>
              Name
              <input name="name" autocomplete="username" required />
            </label>
            <label>
              Password
              <input name="password" type="password" autocomplete="current-password" required />
            </label>
            <button type="submit" class={ways.oidc === undefined ? 'primary' : ''} disabled={isWaiting}>
              Sign in
            </button>
          </>
        )}
      </form>
    </main>
  )
}
