/**
 * Words that name a mechanism and not a subject: no program can be told by them. A frame made of nothing else passes
 * the decision on to its caller (`error-fingerprint.ts`). Subjects (`cart`, `user`, `price`) must never be added: the
 * list errs on the side of leaving a word telling. Changing it changes fingerprints, so it counts as a new version.
 */
const GENERIC = new Set(
  `
  abort accept access add after all any app application apply args array assert assertion asset assets attempt await
  bail base become before begin begins block body bool boolean boot bootstrap buffer build builder bundle bundles
  byte bytes call callable callback callbacks called caller can catch check checked checks chunk chunks class
  classes cleanup cli client clients close cmd code collection command commands commit common component components
  compute condition conn connect connection connector constructor container context contract controller controllers
  convert converter core create css ctx custom dao data database debug decode decoder decorate decorated decorator
  default defer delegate delete deserialize destroy dict die dispatch dispatcher dist do done double driver each
  edit element elements emit emitter empty encode encoder end endpoint endpoints enqueue ensure entries entry enum
  equal equals err error errors eval even event events every example exception exceptions exec execute executor
  expect expected expression ext factory fail failed failure false fatal fetch fetcher file files filter find fire
  first flush for force format formatter frame from func function functions gateway gen generate generic get getter
  global go graphql group grpc guard handle handled handler handlers has head helper helpers hook hooks http https
  impl implementation impossible in index inf info init initialize inner input insert install instance int integer
  interceptor interface internal internals invariant invoke invoker is item items iterate iterator job jobs join
  json key keys lambda last lazy length lib library libs line list listen listener listeners load loader local log
  logger loop main make manager map mapper marshal match message messages method methods middleware middlewares misc
  missing mixin mod model models module modules mongo must mutate mutation mysql name net network new next nil node
  none not notify null number numbers object objects of off ok on once onchange onclick onerror oninput onload
  onmessage onsubmit open operation option optional options or orm out outer output package packages page pages
  panic param params parse parser part parts patch path perform pipe pipeline plugin plugins poll pool pop positive
  post postgres precondition preconditions prepare present print private proc process processor program promise
  promises properties property proxy public pull push put py query queue raise range raw read reader receive
  receiver record records recover redis reduce register reject remote remove render repeat repo repositories
  repository request requests require required reset resolve resolver resource resources respond response rest
  result results retriable retry retryable return rollback root route router routes row rpc run runnable runner
  runtime safe save schedule scheduler schema script scripts select self send sender serialize serializer server
  serverless service services set setter setup shared should show shutdown simple singleton sleep socket some source
  spec sql src start starter state static step stop storage store stream streams string stringify strings strip
  struct sub subscribe super support swallow switch sync system table target task tasks template test tests text the
  then this throw thrower throwing throws time timeout timer to tool tools top trace transaction transactional
  transform transport trigger true try type typed types undefined unexpected unhandled unit unknown unmarshal
  unreachable unwrap update upsert uri url use util utilities utility utils valid validate validated validator value
  values var verify view views void wait when while with without work worker workers wrap wrapped wrapper write
  writer xml yield
  `
    .split(/\s+/)
    .filter(word => word !== ''),
)
/** Shorter words (`db`, `fn`, `id`, `io`) and what a minifier leaves tell nothing. */
const MIN_TELLING_CHARS = 3

/**
 * True where no word of `name` could tell one program from another. Words end at what is no letter, at the change from
 * small to capital, and before the last capital of a run: `fetchJSONBody2` is `fetch`, `json`, `body`. One pass.
 */
export function isGeneric(name: string): boolean {
  let start = 0
  let previous = OTHER
  for (let i = 0; i <= name.length; i++) {
    const kind = i < name.length ? kindOf(name.charCodeAt(i)) : OTHER
    const beginsWord =
      kind === CAPITAL && (previous !== CAPITAL || (i + 1 < name.length && kindOf(name.charCodeAt(i + 1)) === SMALL))
    if (kind === OTHER || beginsWord) {
      if (isTelling(name, start, i)) return false
      start = kind === OTHER ? i + 1 : i
    }
    previous = kind
  }
  return true
}

function isTelling(name: string, start: number, end: number): boolean {
  return end - start >= MIN_TELLING_CHARS && !GENERIC.has(name.slice(start, end).toLowerCase())
}

const OTHER = 0
const CAPITAL = 1
const SMALL = 2

/** Letters beyond ASCII count as small: they are never in the list, so only where the word ends could differ. */
function kindOf(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return CAPITAL
  return (code >= 0x61 && code <= 0x7a) || code >= 0x80 ? SMALL : OTHER
}
