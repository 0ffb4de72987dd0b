/**
 * Words that name a mechanism and not a subject: no program can be told by them. A frame made of nothing else passes
 * the decision on to its caller (`error-fingerprint.ts`). Subjects (`cart`, `user`, `price`) must never be added: the
 * list errs on the side of leaving a word telling. Changing it changes fingerprints, so it counts as a new version.
 */
const GENERIC = new Set(
  `
  abort accept access add after all any app application apply args array assert assertion attempt await bail base
  become before begin begins block body bool boolean boot bootstrap buffer build builder bundle bundles byte bytes call
  callable callback callbacks called caller can catch check checked checks chunk chunks class classes cleanup cli client
  clients close cmd code collection command commands commit common component components compute condition conn connect
  connection connector constructor container context contract controller controllers convert converter core create css
  ctx custom dao data database debug decode decoder decorate decorated decorator default defer delegate delete
  deserialize destroy die dict dispatch dispatcher dist do done double driver each element elements emit emitter empty
  encode encoder end endpoint endpoints enqueue ensure entries entry enum equal equals err error errors eval even event
  events every example exception exceptions exec execute executor expect expected expression ext factory fail failed
  failure false fatal fetch fetcher file files filter find fire first flush for force format formatter frame from
  func function functions gateway gen generate generic get getter global go graphql group grpc guard handle handled
  handler handlers has head helper helpers hook hooks http https impl implementation impossible in index inf info init
  initialize inner input insert install instance int integer interceptor interface internal internals invariant invoke
  invoker is item items iterate iterator job jobs join json key keys lambda last lazy length lib libs library line list
  listen listener listeners load loader local log logger loop main make manager map mapper marshal match message messages
  method methods middleware middlewares misc missing mixin mod model models module modules mongo must mutate mutation
  mysql name net network new next nil node none not notify null number numbers object objects of off ok on onchange onclick onerror oninput onload onmessage onsubmit once open
  operation option optional options or orm out output outer package packages page pages panic param params parse parser
  part parts patch path perform pipe pipeline plugin plugins poll pool pop positive post postgres precondition
  preconditions prepare present print private proc process processor program promise promises properties property
  proxy public pull push put py query queue raise range raw read reader receive receiver record records recover redis
  reduce register reject remote remove render repeat repo repositories repository request requests require required
  reset resolve resolver resource resources respond response rest result results retriable retry retryable return
  rollback root route router routes row rpc run runnable runner runtime safe save schedule scheduler schema script
  scripts select self send sender serialize serializer server serverless service services set setter setup shared
  should shutdown simple singleton sleep socket some source spec sql src start starter state static step stop storage
  store stream streams string stringify strings strip struct subscribe sub super support swallow switch sync system
  table target task tasks template test tests text the then this throw thrower throwing throws time timeout timer to
  tool tools top trace transaction transactional transform transport trigger true try type typed types undefined
  unexpected unhandled unit unknown unmarshal unreachable unwrap update upsert uri url use util utilities utility utils
  valid validate validated validator value values var verify view views void wait when while with without work worker
  workers wrap wrapped wrapper write writer xml yield
  `
    .split(/\s+/)
    .filter(word => word !== ''),
)
/** Shorter words (`db`, `fn`, `id`, `io`) and what a minifier leaves tell nothing. */
const MIN_TELLING_CHARS = 3

/** True where no word of `name` could tell one program from another. Words end at case changes and at non-letters. */
export function isGeneric(name: string): boolean {
  for (const word of wordsOf(name)) if (word.length >= MIN_TELLING_CHARS && !GENERIC.has(word)) return false
  return true
}

/** `fetchJSONBody2` is `fetch`, `json`, `body`. One pass, lower case. */
export function wordsOf(name: string): string[] {
  const words: string[] = []
  let word = ''
  let wasUpper = false
  for (let i = 0; i < name.length; i++) {
    const char = name[i]!
    const lower = char.toLowerCase()
    const isUpper = lower !== char
    if (!isUpper && lower === char.toUpperCase()) {
      if (word !== '') words.push(word)
      word = ''
      wasUpper = false
      continue
    }
    // A word begins where lower case turns to upper, and at the last capital of a run: `JSONBody`.
    const next = name[i + 1]
    const nextIsLower = next !== undefined && next !== next.toUpperCase()
    if (isUpper && word !== '' && (!wasUpper || nextIsLower)) {
      words.push(word)
      word = ''
    }
    word += lower
    wasUpper = isUpper
  }
  if (word !== '') words.push(word)
  return words
}
