import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'
import { fileIdentity, normalisePath } from '../path.ts'

const RUNTIME_FILE =
  /^(?:dart:|org-dartlang|\[C\]|<No file>|libraries\/|\.\/\w+\.jl$|(?:stdlib|list|array|map|hashtbl|string|bytes|option|seq|set|stack|queue|printexc|camlinternal\w*)\.ml$)|\/(?:share|lib|lib64)\/(?:perl|perl5|crystal|lua|ocaml|julia|R)\b|\/usr\/local\/go\/src\/|\/julia\/(?:stdlib|base)\/|src\/(?:primitives|raise|fiber|kernel)\.cr$/
const DEPENDENCY_FILE =
  /^package:(?:flutter\w*|dio|http|bloc|provider|riverpod|get|async|collection|stack_trace|sentry\w*|firebase\w*|test\w*|shelf\w*|mocktail|mockito|rxdart|isar|hive|sqflite|drift|path|meta|js)\/|\/(?:pkg\/mod|site_perl|vendor_perl|\.julia\/packages|\.pub-cache|node_modules|vendor|luarocks|lib\/perl5|\.opam|dist-newstyle|\.stack)\/|(?:^|\/)lib\/\w+\/src\/[^/]+\.cr$/
const RUNTIME_OWNER =
  /^(?:Base|Core|GHC|Data|Control|System|Prelude|Foreign|Stdlib|CamlinternalFormat|Printexc)(?:\.|$)/
const RUNTIME_NAME =
  /^(?:error|undefined|fail|raise|eval|Stdlib[._]|Carp::|Try::Tiny|Moose::|Mojo(?:licious)?::|DBI::|DBD::|goPanic\w*|panic\w*|\(\*?Context\)\.Next|Context\.Next|runtime\.|serverHandler\.|\(\*Engine\)\.|Dune__exe__\w+$)/
const NAMELESS = /^(?:<ScriptBlock>|<.*>|main chunk|__ANON__|anonymous|top-level|macro expansion|\?)$/

/** Languages without rules of their own: a function is known by its module where it names one, else by its file. */
export function plainFrame(raw: RawFrame): FrameParts {
  const file = raw.file.replaceAll('\\', '/').replace(/^package:[^/]+\//, '')
  const path = /^(?:<|\[)/.test(file) ? '' : normalisePath(file)
  const full = raw.name
    .replace(/\.<(?:anonymous closure|fn|anonymous)[^>]*>.*$/, '')
    .replace(/^(?:new |#)/, '')
    .replace(/(?:::__ANON__|\$\d+|\.\(fun\)|\.<fn>)$/, '')
  const parts = full.split(/::|[.#/](?=[^.])|__(?=[A-Z])/).filter(part => part !== '')
  const name = NAMELESS.test(full) ? '' : (parts.at(-1) ?? '')
  const named = parts.slice(0, -1).join('.') || (/^[A-Z]/.test(raw.owner) ? raw.owner : '')
  const place = named === '' ? fileIdentity(path) : named
  return {
    origin: originOf(raw, named),
    name,
    place,
    ...(named === '' ? {} : { placeWords: named.slice(named.lastIndexOf('.') + 1) }),
    function: full,
    file: path,
  }
}

function originOf({ owner, name, file }: RawFrame, named: string): Origin {
  const path = file.replaceAll('\\', '/')
  if (RUNTIME_FILE.test(path) || RUNTIME_OWNER.test(named) || RUNTIME_OWNER.test(`${owner}.`.slice(0, -1)))
    return 'runtime'
  if (RUNTIME_NAME.test(name)) return 'runtime'
  return DEPENDENCY_FILE.test(path) ? 'dependency' : 'app'
}
