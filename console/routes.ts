/** A page: the server answers its address with the application, the browser draws it. */
export interface Route {
  readonly name: string
  /** `:name` is a part of the path that the page reads. */
  readonly path: string
  readonly title: string
  /** In the navigation, with the key that follows `g`. */
  readonly nav?: { readonly label: string; readonly key: string }
}

export const routes = [
  { name: 'home', path: '/', title: 'Home', nav: { label: 'Home', key: 'h' } },
  { name: 'incident', path: '/incident/:id', title: 'Incident' },
  { name: 'problem', path: '/problem/:id', title: 'Problem' },
] as const satisfies readonly Route[]

export type RouteName = (typeof routes)[number]['name']
