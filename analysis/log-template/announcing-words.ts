import { mayBeValue } from './evidence.ts'

/** What programs have many of, each with a name: the word behind one of these is a name more often than not. */
const KINDS = new Set(
  (
    'agent app bean broker bucket class client cluster collection column component connector constraint consumer container ' +
    'controller database dataset datasource deployment driver endpoint exchange executor filesystem group handler index instance job ' +
    'lease library listener member metric model module namespace network partition peer pipeline plugin pod policy pool ' +
    'printer processor producer proxy queue region registry relation replica repository role route schema segment service ' +
    'servlet shard slave snapshot stage subscription table tablespace task tenant topic trigger upstream user volume watcher ' +
    'worker workflow workspace'
  ).split(' '),
)
/** Endings of what is done or had, not of names: `user authentication`, `node health`. */
const ABSTRACT = /(?:tion|sion|ment|ness|ity|ance|ence|ing|age|ure|ory|ery|ware|ship|ism|able|ible|ful|less|ous|ly)$/
const ABSTRACT_WORDS = new Set(
  'access cache capacity cart certificate cleanup code config content count cpu data default entry event exit failover health heartbeat id info input level limit list load log login lookup memory message mode name options output password quota rate request resize runner scan scans build builds scheduler secret session response result setup size space state statistics stats status time token tokens usage value'.split(
    ' ',
  ),
)

const VERBS = new Set(
  'took got had did does do came went sent ran made gave began became says say will can could must should may might left lost held kept met put saw took told won'.split(
    ' ',
  ),
)
/** Fields of one record: of one label alone nobody knows whether it is one. */
const MIN_LABELS = 2

/**
 * The places of a skeleton in which a name stands by what is around it: behind the word for a kind of thing, or behind a
 * label of several. Templates that differ in such places only are one statement, each seen with one name.
 */
export function namePlaces(units: readonly string[]): number[] {
  const labels = units.filter(unit => unit.endsWith(':')).length
  return [...units.keys()].filter(at => {
    const [before, unit] = [units[at - 1], units[at]!]
    if (before === undefined || unit.endsWith(':') || !mayBeValue(unit)) return false
    return before.endsWith(':') ? labels >= MIN_LABELS : announcesName(before, unit)
  })
}

/**
 * True where the word behind `before` is announced as a name: `container basket`, `topic: invoices`. Words that go on
 * with the sentence are none.
 */
function announcesName(before: string, word: string): boolean {
  const small = word.toLowerCase()
  if (small.endsWith('ed') || VERBS.has(small)) return false
  return KINDS.has(before.toLowerCase()) && !KINDS.has(small) && !ABSTRACT_WORDS.has(small) && !ABSTRACT.test(small)
}
