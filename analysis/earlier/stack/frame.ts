/** Whose code a frame is. `runtime` is the language's own: it is in every trace and tells nothing. */
export type Origin = 'app' | 'dependency' | 'runtime'

/** A frame without what differs between machines, builds and moments. */
export interface Frame {
  /** For people: `Cart.total`, `com.acme.Cart.total`; '' where the function has no name that means anything. */
  readonly function: string
  /** For people: the path below the project's or the package's root; '' where there is none. */
  readonly file: string
  readonly origin: Origin
  /** What fingerprints are made of: the function at its place, `total@cart`. `@cart` where it has no name. */
  readonly identity: string
  /**
   * `telling`: names a piece of this program. `generic`: every word of it could stand in any program (`query` in
   * `db/client.ts`), so the caller has to tell. `placed`: generic but for the folder (`get` in `orders/views.py`), which
   * may say what it is about or just be the project's. `nameless`: anonymous, minified or top-level; only its place counts.
   */
  readonly weight: 'telling' | 'placed' | 'generic' | 'nameless'
}

/** What a language's rules make of a raw frame. */
export interface FrameParts {
  readonly origin: Origin
  /** The folded name without the part that `place` says, '' where it means nothing. */
  readonly name: string
  /** Where the function is: a file's identity, a class, a package. */
  readonly place: string
  /** The words of `place` to judge by, where that is no file: a class without its packages. */
  readonly placeWords?: string
  readonly function?: string
  readonly file: string
}
