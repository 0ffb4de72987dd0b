import { classOf, isUpper } from './characters.ts'

/*
 * Words that say how something went, that it did not, or in what state it is. What they stand in is another statement
 * without them or with their opposite, so they are never values: nothing is generalised over them.
 */

/** A word is one if it begins like this, with a prefix of negation or none: `failed`, `unsuccessfully`, `inactive`. */
const STEMS = [
  'success succeed fail error faulted faulty deni deny denial allow permit reject refus accept approv declin refund cancel abort stall',
  'timeout timedout expir complet finish crash terminat exit clos connect enabl disabl activ reachab avail valid health',
  'ready readi grant revok block unblock drop discard skip ignor lock missing missed misses lost lose corrupt broke break degrad',
  'recover restor restart start stop paus resum suspend kill attach detach mount join logout login signin signout',
  'delet creat updat remov insert increas decreas shrink expand support expect normal abnormal warn critical',
  'exhaust fatal pend wait queu schedul running idle busy dead alive stuck full empt stale overload throttl exceed insufficien',
  'sync commit rollback rolled open shut halt boot launch load unload evict deploy acquir releas renew promot demot',
  'leader follower primary secondary standby match mismatch chang unchang modif conflict retr resolv regress trigger',
  'wake sleep charg upgrad downgrad bound authoriz authoris authentic verif consisten equal duplicat unknown known',
].flatMap(line => line.split(' '))
/** What programs do all day is in the names of their parts as well: `WindowsUpdateAgent`, `LeaderElection`. */
const OF_PARTS =
  'delet creat updat modif remov insert load sync leader primary secondary standby match chang launch boot deploy commit queu schedul trigger charg wake sleep upgrad bound authentic verif'
const NEGATION = '(?:un|in|im|dis|non|mis|re|pre)?'
/** How such a word may go on: anything else is another word (`denim`, `mission`, `foundation`). */
const ENDING =
  '(?:e|s|es|y|ly|n|t|al|als|er|ers|or|ors|up|down|out|off|ful|fully|ure|ures|ion|ions|ation|ations|ment|ments|able|ability|ance|ive|ively|ness|ied|ies|ying|ized|ised|ates?|ated|ating|ued|uing|(?:[bdgklmnprt]?(?:ed|ing)(?:ly)?)|d|ingly|edly|th|ity|less)?'
const STEM = new RegExp(`^${NEGATION}(?:${STEMS.join('|')})${ENDING}$`)
const STRONG_STEM = new RegExp(
  `^${NEGATION}(?:${STEMS.filter(stem => !OF_PARTS.split(' ').includes(stem)).join('|')})${ENDING}$`,
)

/** Words that are one as a whole: too short to be the beginning of one. */
const WHOLE = new Set(
  (
    'ok okay nok bad good yes no not never none nothing add adds added adding plugged pass passed passes nobody neither nor cannot cant wont without un unable able on off up down in out ' +
    'true false hit hits left right found gone done ended end ends begin begins began low high online offline over under ' +
    'won lag lags lagging behind ahead new old set unset reset err errs warn info debug trace notice severe panic oom ' +
    'busy slow fast red green yellow hot cold dirty clean raised cleared firing normal leaves left joins put get post ' +
    'patch head options read write reads writes rx tx send sent receive received sends receives ' +
    // One of two sides, one of two ways: the other is another event.
    'upload download uploading downloading uploaded downloaded inbound outbound incoming outgoing ingress egress encrypt ' +
    'decrypt encrypting decrypting import export importing exporting imported exported push pull pushing pulling pushed ' +
    'pulled compress decompress encode decode encoding decoding serialize deserialize first last min max minimum maximum ' +
    'more less higher lower source target destination parent child debit credit inner outer reading writing'
  ).split(' '),
)
/** Of the parts of a name (`NodeNotReady`, `JOB_FAILED`) only these count among the short ones. */
const PARTS = new Set('ok not no never bad down lost dead oom err on off up'.split(' '))

/** What even a name in capitals does not hold: `Windows Update` is a name, `Internal Server Error` is none. */
const FAILURE =
  /^(?:un|in|im|dis|non|mis)?(?:success|succeed|fail|error|fault|deni|deny|reject|refus|declin|abort|timeout|crash|terminat|invalid|not|bad|no|never|ok|lost|killed|denied|warn|critical|fatal|unknown|unavail|unreach|unauth|disconnect|exceed|forbidden|expired|complet|finish|start|stop|pause|resum)/i

export function carriesFailure(word: string): boolean {
  return partsOf(word).some(part => FAILURE.test(part))
}

/** True for a word that carries outcome, negation or state, in any of its parts. */
export function carriesOutcome(word: string): boolean {
  const parts = partsOf(word)
  if (parts.length === 1) return isOutcome(parts[0]!)
  return parts.some(part => PARTS.has(part) || (part.length > 3 && STRONG_STEM.test(part)))
}

function isOutcome(word: string): boolean {
  return WHOLE.has(word) || word.endsWith("n't") || (word.length > 2 && STEM.test(word))
}

/** Longer ones are no such words. */
const MAX_CHARS = 24

/** The same of the word that stands in `text` from `start` to `end`. */
export function saysOutcome(text: string, start: number, end: number): boolean {
  return end - start <= MAX_CHARS && carriesOutcome(text.slice(start, end))
}

/** `NodeNotReady`, `JOB_FAILED`, `log-out` in their parts, in lower case. */
function partsOf(word: string): string[] {
  const parts: string[] = []
  let part = ''
  let wasLower = false
  for (const letter of word) {
    const cls = classOf(letter.charCodeAt(0))
    const upper = isUpper(cls)
    if ((upper && wasLower) || cls < 3) {
      if (part !== '') parts.push(part)
      part = ''
    }
    if (cls >= 3) part += letter.toLowerCase()
    wasLower = cls >= 3 && !upper
  }
  if (part !== '') parts.push(part)
  return parts.length === 0 ? [''] : parts
}
