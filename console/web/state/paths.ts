import type { Route } from '../../routes.ts'

export interface Matched<R extends Route> {
  readonly route: R
  readonly params: Readonly<Record<string, string>>
}

/** The route whose path this is; parts are decoded. */
export function matchPath<R extends Route>(path: string, routes: readonly R[]): Matched<R> | undefined {
  const parts = path.split('/').filter(part => part !== '')
  for (const route of routes) {
    const wanted = route.path.split('/').filter(part => part !== '')
    if (wanted.length !== parts.length) continue
    const params: Record<string, string> = {}
    const fits = wanted.every((want, i) => {
      if (!want.startsWith(':')) return want === parts[i]
      const part = decoded(parts[i]!)
      if (part === undefined) return false
      params[want.slice(1)] = part
      return true
    })
    if (fits) return { route, params }
  }
  return undefined
}

export function pathOf(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
