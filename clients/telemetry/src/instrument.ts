import { createRequire, syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import type { TracerProvider } from '@opentelemetry/api'
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { nameByRoute } from './route.ts'

/**
 * OpenTelemetry's own instrumentations, and those that the application adds. They change a module when it is loaded, and
 * most programs have loaded `node:http` before they start anything: what is loaded already is shown to them again.
 * Returns what undoes it.
 */
export function instrument(tracerProvider: TracerProvider, added: readonly Instrumentation[]): () => void {
  const instrumentations = [
    new HttpInstrumentation({ applyCustomAttributesOnSpan: nameByRoute }),
    new UndiciInstrumentation(),
    // No spans of its own for a query at start-up or in a pool's upkeep that nobody asked for.
    new PgInstrumentation({ requireParentSpan: true }),
    ...added,
  ]
  const undo = registerInstrumentations({ tracerProvider, instrumentations })
  for (const instrumentation of instrumentations) showLoaded(modulesOf(instrumentation))
  // Names that ES modules have imported from Node's own modules are written once, unless Node is told to look again.
  syncBuiltinESMExports()
  return () => {
    undo()
    syncBuiltinESMExports()
  }
}

/** The names of the modules that an instrumentation changes; one that listens to channels has none. */
function modulesOf(instrumentation: Instrumentation): readonly string[] {
  const own = instrumentation as { getModuleDefinitions?(): readonly { readonly name: string }[] } // of InstrumentationBase
  return own.getModuleDefinitions?.().map(({ name }) => name) ?? []
}

const require = createRequire(import.meta.url)

/** `require` of a module that is loaded gives what is loaded, and the instrumentations see it go by. */
function showLoaded(names: readonly string[]): void {
  for (const name of names) {
    const folder = `${path.sep}node_modules${path.sep}${name.split('/').join(path.sep)}${path.sep}`
    const files = Object.keys(require.cache).filter(file => file.includes(folder))
    for (const loaded of isOfNode(name) ? [name] : files) {
      try {
        require(loaded)
      } catch {
        // A module that cannot be loaded is not in use.
      }
    }
  }
}

function isOfNode(name: string): boolean {
  return name === 'http' || name === 'https'
}
