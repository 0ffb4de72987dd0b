/** Shapes that several answers have, for the server and the browser. */

/** What bad ones have more often than good ones: shares from 0 to 1. */
export interface Comparison {
  readonly traits: readonly { readonly key: string; readonly value: string }[]
  /** Other names of the same. */
  readonly also: readonly { readonly key: string; readonly value: string }[]
  readonly bad: number
  readonly good: number
}
