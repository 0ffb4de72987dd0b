import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'
import { fileIdentity, normalisePath } from '../path.ts'

const INSTALLED = /\/(?:site|dist)-packages\/|\/pip_deps\w*\/|^\/opt\/python\/|\/eggs?\/[^/]+\.egg\//
const STANDARD =
  /\/(?:lib|lib64)\/(?:python|pypy)\d[\d.]*\/|\/python\d*\/lib\/|\/python\d+\.zip|^\/var\/(?:runtime|lang)\//i
/** Entry scripts that installers write: `/usr/local/bin/gunicorn`. */
const ENTRY_SCRIPT = /\/s?bin\/[^/.]+$/

/** Python. A function is known by its name and its module's file: tracebacks name no class. */
export function pythonFrame(raw: RawFrame): FrameParts {
  const file = raw.file.replaceAll('\\', '/')
  const origin = originOf(file)
  const path = file.startsWith('<') ? '' : normalisePath(file)
  // `<module>`, `<lambda>`, `<listcomp>` and the like are code inside of something, not a thing of their own.
  const name = raw.name.startsWith('<') ? '' : raw.name.replace(/(?<=\w{3})_async$/, '')
  return { origin, name, place: fileIdentity(path), file: path }
}

function originOf(file: string): Origin {
  if (file.startsWith('<frozen ')) return 'runtime'
  // Cython compiles its sources' relative paths in; what is imported as such is a package, not the program.
  if (/^[^/].*\.(?:pyx|pxi|pxd)$/.test(file)) return 'dependency'
  if (INSTALLED.test(file) || ENTRY_SCRIPT.test(file)) return 'dependency'
  return STANDARD.test(file) ? 'runtime' : 'app'
}
