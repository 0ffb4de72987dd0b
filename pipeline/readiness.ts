/**
 * Why a part is not ready, as a sentence for the operator; undefined when it is. It is called for every request to
 * `/readyz`, which asks for no token: it tells what is already known, and does no I/O. Who has to look something up
 * does so on a schedule of its own and keeps what it found.
 */
export type ReadinessCheck = () => string | undefined

/** What `/readyz` answers from: each part of the process says what has really happened to it. */
export interface Readiness {
  /** Adds a part under `name`, such as `disk`; a second one of that name takes the place of the first. */
  watch(name: string, check: ReadinessCheck): void
  /** The parts that are not ready, by name. */
  problems(): Record<string, string>
}

export function createReadiness(): Readiness {
  const checks = new Map<string, ReadinessCheck>()
  return {
    watch: (name, check) => {
      checks.set(name, check)
    },
    problems: () => {
      const problems: Record<string, string> = {}
      for (const [name, check] of checks) {
        const problem = check()
        if (problem !== undefined) problems[name] = problem
      }
      return problems
    },
  }
}
