import { operationOf } from '../../analysis/operation-name.ts'

/** What stands for the names of a service that are past the limit. */
export const OTHER_NAMES = '(other)'
/** Names as they came that are remembered with what they are counted as: some 5 MB at most. */
const REMEMBERED_NAMES_MAX = 20_000
/** Services and environments with names of their own. A sender that makes up services gets one name for each. */
const SERVICES_MAX = 10_000

/**
 * The names that a service's requests are counted by: without ids, and at most so many for each service and environment,
 * those that came first. What else comes is counted together. Each replica has its own list, which begins with what the
 * store knows, so replicas that see other requests may together have more.
 */
export class BoundedNames {
  readonly #max: number
  readonly #masksIds: boolean
  readonly #masked = new Map<string, string>()
  readonly #known = new Map<string, Set<string>>()

  constructor(max: number, { masksIds }: { readonly masksIds: boolean }) {
    this.#max = max
    this.#masksIds = masksIds
  }

  /** A name that the store has for a service is counted by from the start. */
  know(service: string, name: string): void {
    const known = this.#namesOf(service)
    if (known !== undefined && known.size < this.#max && name !== OTHER_NAMES) known.add(name)
  }

  /** @param service tells service and environment apart from others */
  nameFor(service: string, name: string): string {
    const masked = this.#masksIds ? this.masked(name) : name
    const known = this.#namesOf(service)
    if (known === undefined) return OTHER_NAMES
    if (known.has(masked)) return masked
    if (known.size >= this.#max) return OTHER_NAMES
    known.add(masked)
    return masked
  }

  #namesOf(service: string): Set<string> | undefined {
    let known = this.#known.get(service)
    if (known === undefined && this.#known.size < SERVICES_MAX) {
      known = new Set()
      this.#known.set(service, known)
    }
    return known
  }

  /** The name without ids. */
  masked(name: string): string {
    let masked = this.#masked.get(name)
    if (masked === undefined) {
      masked = operationOf(name)
      if (this.#masked.size >= REMEMBERED_NAMES_MAX) this.#masked.clear()
      this.#masked.set(name, masked)
    }
    return masked
  }
}
