import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'
import { fileIdentity, normalisePath } from '../path.ts'

const INSTALLED = /\/gems\/|\/vendor\/bundle\/|\/bundler\//
const STANDARD = /^<internal:|\/lib\/ruby\/|^org\/jruby\/|^uri:classloader:/
const ENTRY_SCRIPT = /(?:^|\/)s?bin\/[^/.]+$/

/** Ruby. Before 3.4 labels had no class, so a function is known by its own name and its file. */
export function rubyFrame(raw: RawFrame): FrameParts {
  const file = raw.file.replaceAll('\\', '/')
  const path = file.startsWith('<') || file.startsWith('(') ? '' : normalisePath(file)
  const name = foldLabel(raw.name)
  return { origin: originOf(file), name: name.method, place: fileIdentity(path), function: name.full, file: path }
}

function originOf(file: string): Origin {
  if (INSTALLED.test(file) || ENTRY_SCRIPT.test(file)) return 'dependency'
  return STANDARD.test(file) ? 'runtime' : 'app'
}

/** `block (2 levels) in Cart#total` is `total` of `Cart`. */
function foldLabel(label: string): { method: string; full: string } {
  const full = label.replace(/^(?:(?:block|rescue|ensure|singleton class)(?: \(\d+ levels\))? in )+/, '')
  // Rails compiles a template to a method with the process's own numbers at its end.
  if (/_(?:erb|haml|slim|jbuilder|builder|ruby)_{2,}_?\d+_\d+$/.test(full))
    return { method: 'template', full: 'template' }
  if (full.startsWith('<')) return { method: '', full: '' }
  return { method: full.slice(Math.max(full.lastIndexOf('#'), full.lastIndexOf('.')) + 1), full }
}
