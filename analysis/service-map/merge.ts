/** What a person wrote of a service: `config/system-map.yaml`. */
export interface DeclaredService {
  readonly depends_on?: readonly string[] | undefined
  readonly file?: string | undefined
  readonly functions?: readonly string[] | undefined
  readonly repo?: string | undefined
  readonly owner?: string | undefined
}
export type DeclaredMap = Readonly<Record<string, DeclaredService>>

export type NodeKind = 'service' | 'database' | 'queue' | 'external' | 'unknown'

/** What traffic tells of who calls whom. Figures are null where calls cannot be counted. */
export interface LearntEdge {
  readonly environment: string
  readonly caller: string
  readonly callerKind: NodeKind
  readonly release: string | null
  readonly callee: string
  readonly calleeKind: NodeKind
  readonly isAsync: boolean
  readonly calls: number | null
  readonly errors: number | null
  readonly avgMs: number | null
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  readonly traceId: string | null
}

/** Whether the file and traffic agree: `denied` is claimed by the file and not seen, `undeclared` is seen and not claimed. */
export type Standing = 'agreed' | 'denied' | 'undeclared'

export interface MapEdge extends Omit<LearntEdge, 'environment'> {
  /** Null for what the file alone says. */
  readonly environment: string | null
  /** Undefined where there is no file, or what it says nothing of: what databases and queues do. */
  readonly standing: Standing | undefined
}

export interface MapNode extends Pick<DeclaredService, 'file' | 'functions' | 'repo' | 'owner'> {
  readonly name: string
  readonly kind: NodeKind
  readonly standing: Standing | undefined
}

export interface ServiceMap {
  readonly nodes: readonly MapNode[]
  readonly edges: readonly MapEdge[]
}

/**
 * What traffic tells and what a file claims, put together. A name of the file is one of traffic when they are the same but
 * for case, hyphens, underscores and dots (`SessionManager` is `session-manager`), and a dependency may also be the system
 * or the place of a database, queue or host (`postgresql`, `orders` and `postgresql/orders` are one). Pure.
 *
 * @param services those that were seen, whether they call or not
 */
export function mergeMap(
  learnt: readonly LearntEdge[],
  services: readonly string[],
  declared?: DeclaredMap,
): ServiceMap {
  const kinds = new Map<string, NodeKind>(services.map(name => [name, 'service']))
  for (const { caller, callerKind, callee, calleeKind } of learnt) {
    if (kinds.get(caller) !== 'service') kinds.set(caller, callerKind)
    if (kinds.get(callee) !== 'service') kinds.set(callee, calleeKind)
  }
  if (declared === undefined) {
    return {
      nodes: sorted([...kinds].map(([name, kind]) => ({ name, kind, standing: undefined }))),
      edges: learnt.map(edge => ({ ...edge, standing: undefined })),
    }
  }
  const seenNames = [...kinds.keys()]
  const seenAs = new Map(
    Object.keys(declared).map(name => [name, seenNames.filter(seen => isSame(name, seen, kinds.get(seen)!))]),
  )
  const fileName = (seen: string) => [...seenAs].find(([, names]) => names.includes(seen))?.[0]
  const nodes = [
    ...[...kinds].map(([name, kind]) => nodeOf(name, kind, declared, fileName(name))),
    ...[...seenAs]
      .filter(([, names]) => names.length === 0)
      .map(([name]) => ({ ...kept(declared[name]!), name, kind: 'service' as const, standing: 'denied' as const })),
  ]
  const claimed = Object.entries(declared).flatMap(([name, { depends_on: others = [] }]) =>
    others.map(other => ({ name, other })),
  )
  const claims = (edge: LearntEdge, { name, other }: { readonly name: string; readonly other: string }) =>
    isSame(name, edge.caller, edge.callerKind) && isSame(other, edge.callee, edge.calleeKind)
  const edges: MapEdge[] = learnt.map(edge => ({
    ...edge,
    standing: standingOf(
      edge,
      fileName(edge.caller),
      claimed.some(claim => claims(edge, claim)),
    ),
  }))
  for (const claim of claimed) {
    if (learnt.some(edge => claims(edge, claim))) continue
    edges.push(
      deniedEdge(
        seenAs.get(claim.name)?.[0] ?? claim.name,
        seenNames.find(seen => isSame(claim.other, seen, kinds.get(seen)!)) ?? claim.other,
      ),
    )
  }
  return { nodes: sorted(nodes), edges }
}

function standingOf(edge: LearntEdge, callerInFile: string | undefined, isClaimed: boolean): Standing | undefined {
  if (isClaimed) return 'agreed'
  // Of services that the file does not know, the nodes say so already; what lies behind a queue it need not tell.
  return callerInFile === undefined || edge.callerKind !== 'service' ? undefined : 'undeclared'
}

function deniedEdge(caller: string, callee: string): MapEdge {
  const none = {
    environment: null,
    release: null,
    calls: null,
    errors: null,
    avgMs: null,
    p50Ms: null,
    p95Ms: null,
    p99Ms: null,
    traceId: null,
  }
  return { ...none, caller, callerKind: 'service', callee, calleeKind: 'unknown', isAsync: false, standing: 'denied' }
}

function nodeOf(name: string, kind: NodeKind, declared: DeclaredMap, fileName: string | undefined): MapNode {
  if (fileName !== undefined) return { ...kept(declared[fileName]!), name, kind, standing: 'agreed' }
  return { name, kind, standing: kind === 'service' ? 'undeclared' : undefined }
}

function kept({ file, functions, repo, owner }: DeclaredService) {
  return { ...(file && { file }), ...(functions && { functions }), ...(repo && { repo }), ...(owner && { owner }) }
}

function isSame(declared: string, seen: string, kind: NodeKind): boolean {
  const name = plain(declared)
  if (name === plain(seen)) return true
  if (kind === 'service') return false
  // system/place, or host:port, or the first part of a host's name.
  const [system = '', ...place] = seen.split('/')
  const host = seen.replace(/:\d+$/, '')
  return [system, place.join('/'), host, host.split('.')[0] ?? ''].some(part => part !== '' && plain(part) === name)
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '')
}

function sorted(nodes: readonly MapNode[]): MapNode[] {
  return nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
