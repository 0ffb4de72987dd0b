/** A page: the server answers its address with the application, the browser draws it. */
export interface Route {
  readonly name: string
  /** `:name` is a part of the path that the page reads. */
  readonly path: string
  readonly title: string
  /** Without the frame that leads to other pages. */
  readonly isAlone?: true
  /** Nobody signs in to see it. */
  readonly isOpen?: true
  /** Who has it in the navigation; everybody where it is left out. */
  readonly role?: 'admin'
  /** In the navigation, with the key that follows `g`. */
  readonly nav?: { readonly label: string; readonly key: string }
}

export const routes = [
  { name: 'home', path: '/', title: 'Home', nav: { label: 'Home', key: 'h' } },
  { name: 'incident', path: '/incidents/:id', title: 'Incident' },
  { name: 'anomaly', path: '/anomalies/:id', title: 'Anomaly' },
  { name: 'report', path: '/reports/:id', title: 'Report' },
  { name: 'problem', path: '/problems/:id', title: 'Problem' },
  { name: 'chat', path: '/chat', title: 'Ask', nav: { label: 'Ask', key: 'a' } },
  { name: 'search', path: '/search', title: 'Search', nav: { label: 'Search', key: 'f' } },
  { name: 'services', path: '/services', title: 'Services', nav: { label: 'Services', key: 's' } },
  { name: 'service', path: '/services/:service', title: 'Service' },
  { name: 'operation', path: '/services/:service/operations/:operation', title: 'Operation' },
  { name: 'trace', path: '/traces/:id', title: 'Trace' },
  { name: 'slos', path: '/slos', title: 'Objectives', nav: { label: 'Objectives', key: 'o' } },
  { name: 'slo', path: '/slos/:objective', title: 'Objective' },
  { name: 'deploys', path: '/deploys', title: 'Deploys', nav: { label: 'Deploys', key: 'd' } },
  { name: 'tests', path: '/tests', title: 'Tests', nav: { label: 'Tests', key: 't' } },
  { name: 'testRun', path: '/tests/:id', title: 'Test run' },
  { name: 'nodes', path: '/nodes', title: 'Nodes', nav: { label: 'Nodes', key: 'n' } },
  { name: 'node', path: '/nodes/:id', title: 'Node' },
  { name: 'myNode', path: '/my-node/:id', title: 'My computer', isAlone: true },
  { name: 'ownNode', path: '/my-node', title: 'My computer', isAlone: true, isOpen: true },
  { name: 'people', path: '/people', title: 'People', role: 'admin', nav: { label: 'People', key: 'p' } },
  { name: 'books', path: '/sensorium', title: 'Sensorium', nav: { label: 'Sensorium', key: 'b' } },
] as const satisfies readonly Route[]

export type RouteName = (typeof routes)[number]['name']
