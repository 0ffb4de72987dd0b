import { mayBeValue } from './evidence.ts'

/** What programs have many of, each with a name: the word behind one of these is a name more often than not. */
const KINDS = new Set(
  (
    'account address agent app application attribute bean block broker bucket chart class client cluster collection column component ' +
    'config connector constraint consumer container context controller customer database dataset datasource deployment device disk ' +
    'document domain driver endpoint entity executor exchange feature field file filesystem folder function graph group handler host ' +
    'image index instance interface item job key label lease library listener lock member metric model module mount namespace network ' +
    'node object order package parameter partition path peer pipeline plugin pod policy pool port printer process processor producer ' +
    'product profile program project property provider proxy queue region registry relation release replica repository resource role ' +
    'route rule schema script secret segment sensor server service servlet session shard site slave snapshot stage storage store stream ' +
    'subscription system table tablespace tag target task template tenant thread topic tree trigger type unit upstream user variable ' +
    'version view volume watcher widget worker workflow workspace zone'
  ).split(' '),
)
/** Endings of what is done or had, not of names: `user authentication`, `node health`. */
const ABSTRACT = /(?:tion|sion|ment|ness|ity|ance|ence|ing|age|ure|ory|ware|ship|ism|able|ible|ful|less|ous|ly)$/
const ABSTRACT_WORDS = new Set(
  'access cache cleanup code config content count cpu data default entry event exit failover health heartbeat id info input level limit list load log login lookup memory message mode name options output password quota rate request response result setup size space state statistics stats status time token usage value'.split(
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
