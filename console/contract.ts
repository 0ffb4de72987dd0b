/** Shapes that several answers have, for the server and the browser. */

/** What bad ones have more often than good ones: shares from 0 to 1. */
export interface Comparison {
  readonly traits: readonly { readonly key: string; readonly value: string }[]
  /** Other names of the same. */
  readonly also: readonly { readonly key: string; readonly value: string }[]
  readonly bad: number
  readonly good: number
}

/** Why signing in elsewhere came to nothing, in words for the page; the address has the code alone. */
export const SIGN_IN_FAULTS = {
  provider_down: 'The service where you sign in does not answer, or not as it should. Try again in a minute.',
  refused_there: 'You were not signed in there: it was ended, or refused.',
  stale: 'That took too long, or was used already. Sign in again.',
  not_trusted:
    'What came back could not be trusted, so nobody was signed in. Try again; the log of Sensorium says why.',
  no_name: 'Your account has no name that can be shown here. Ask whoever looks after Sensorium.',
  no_access: 'Your account may not use this console. Ask whoever looks after Sensorium.',
  name_taken: 'Somebody else has your name here. Ask whoever looks after Sensorium.',
  busy: 'Too many people sign in at once. Try again in a minute.',
  failed: 'That failed unexpectedly; the log of Sensorium has the details.',
} as const

export type SignInFaultCode = keyof typeof SIGN_IN_FAULTS
