import { computed, signal } from '@preact/signals'
import { type Route, type RouteName, routes } from '../../routes.ts'
import { matchPath, pathOf } from './paths.ts'

const here = () => ({ path: location.pathname, query: location.search })
const place = signal(here())

/** The page that the address names, with the parts of its path; undefined where there is none. */
export const route = computed(() => matchPath(place.value.path, routes))
export const query = computed(() => new URLSearchParams(place.value.query))

/** A state of the page, as it stands in the address. */
export function param(name: string): string | undefined {
  return query.value.get(name) ?? undefined
}

/** Puts states of the page into its address; undefined takes one out. `push`: back undoes it. */
export function setParams(values: Readonly<Record<string, string | undefined>>, { push = false } = {}): void {
  const next = new URLSearchParams(query.value)
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.toString()
  go(`${place.value.path}${text === '' ? '' : `?${text}`}`, { replace: !push, isSamePage: true })
}

export function setParam(name: string, value: string | undefined, options?: { readonly push?: boolean }): void {
  setParams({ [name]: value }, options)
}

/** What is carried from page to page. */
const CARRIED = ['range', 'from', 'to', 'env']

/** The address of a page; the range and the environment come along. */
export function href(
  name: RouteName,
  params: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const next = new URLSearchParams()
  for (const key of CARRIED) {
    const value = query.value.get(key)
    if (value !== null) next.set(key, value)
  }
  for (const [key, value] of Object.entries(more)) if (value !== undefined) next.set(key, String(value))
  const text = next.toString()
  const { path } = routes.find(one => one.name === name)!
  return `${pathOf(path, params)}${text === '' ? '' : `?${text}`}`
}

export function go(to: string, { replace = false, isSamePage = false } = {}): void {
  if (to === `${location.pathname}${location.search}`) return
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  place.value = here()
  if (!isSamePage) scrollTo(0, 0)
}

/** A click on a link to a page of ours changes the page without loading it anew. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    place.value = here()
  })
  document.addEventListener('click', event => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return
    if (matchPath(link.pathname, routes) === undefined) return
    // A place in this page is the browser's to go to.
    if (link.hash !== '' && link.pathname === location.pathname && link.search === location.search) return
    event.preventDefault()
    go(`${link.pathname}${link.search}`)
  })
}

export type { Route }
