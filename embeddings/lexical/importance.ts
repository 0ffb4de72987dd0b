const words = (text: string) => new Set(text.trim().split(/\s+/))

/** Words that carry no meaning alone, those of a question included. They still count inside a phrase ("out of memory"). */
const STOP = words(`
  a an the this that these those it its i we you he she they my our your their me us them one some any all each every
  is are was were be been being am do does did done doing has have had having can could will would shall should may
  might must not no nor and or but if then else so than as at by for from in into of off on onto out over to up upon
  with within without about above after again against before below between during through under until while
  what which who whom whose when where why how there here please show find tell list give us anything something
  very too also just only still even ever never now yet both such same other another more most much many few less
`)

/** Words of nearly every log: they tell that something was reported, hardly what. Weighted down, not out. */
const COMMON = words(`
  error errors err exception exceptions fault failed failure failures fail fails failing problem problems issue issues
  log logs message msg info warn warning warnings debug fatal critical severe trace caused cause
  service services server servers system app application process request requests response responses call calls
  code status value values data id ids name type got get gets set received answered happened happening occurred
  number object function method class module main index at src lib com org net java js ts py internal runtime
`)

/** How much a word counts, from 0 to 1. */
export function importance(word: string): number {
  if (STOP.has(word)) return 0
  if (COMMON.has(word)) return 0.35
  if (/^\d+$/.test(word)) return word.length === 3 ? 0.7 : 0.3
  if (word.length === 1) return word.charCodeAt(0) < 128 ? 0.15 : 1
  return 1
}
