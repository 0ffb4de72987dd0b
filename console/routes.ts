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
  { name: 'incident', path: '/incidents/:id', title: 'Incident' },
  { name: 'report', path: '/reports/:id', title: 'Report' },
  { name: 'problem', path: '/problems/:id', title: 'Problem' },
  { name: 'chat', path: '/chat', title: 'Ask', nav: { label: 'Ask', key: 'a' } },
  { name: 'trace', path: '/traces/:id', title: 'Trace' },
] as const satisfies readonly Route[]

export type RouteName = (typeof routes)[number]['name']
