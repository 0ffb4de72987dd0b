import { type Decision, decidingFrames } from './deciding-frames.ts'
import type { Frame } from './frame.ts'
import { normaliseFrame } from './normalise.ts'
import type { ParsedError, StackFormat } from './parsed.ts'
import { collapseRecursion, isOverflow, recursiveFrames } from './recursion.ts'
import { foldTypes, isCarrier, normaliseType } from './type-chain.ts'

/** What one error, with its causes and members, is known by. */
export interface ErrorKey {
  readonly types: readonly string[]
  /** Identities of frames and, where `isTelling` is false, templates of messages. */
  readonly parts: readonly string[]
  readonly isTelling: boolean
  /** Root cause first, then those of the errors around it; recursion collapsed. */
  readonly frames: readonly Frame[]
  readonly culprit: Frame | undefined
}

/** Turns a message into what all messages of its kind have in common. */
export type Template = (message: string) => string

/** Groups within groups: each level is read again by the one around it, so the depth bounds the work. */
const MAX_GROUP_DEPTH = 3
/** More members than this are told apart by the first ones of the sorted list. */
const MAX_MEMBERS = 5

/**
 * The types of the chain, and of its frames those that decide. They are looked for from the root cause outwards: a cause
 * that only passed through libraries leaves the decision to the error that was made of it.
 */
export function errorKey(error: ParsedError, format: StackFormat | undefined, template: Template, depth = 0): ErrorKey {
  const { chain, members } = chainOf(error, depth, member => errorKey(member, format, template, depth + 1))
  const types = foldTypes(
    chain.filter((link, i) => i === chain.length - 1 || !isCarrier(link.type)).map(link => normaliseType(link.type)),
  )
  const telling = members.filter(member => member.isTelling)
  if (telling.length > 0) {
    const parts = members.map(member => JSON.stringify([...member.types, ...member.parts]))
    return { types, parts, isTelling: true, frames: telling[0]!.frames, culprit: telling[0]!.culprit }
  }
  const raw =
    format === undefined
      ? []
      : [...chain].reverse().flatMap(link => link.frames.map(frame => normaliseFrame(frame, format)))
  const frames = collapseRecursion(raw)
  const memberTypes = members.map(member => member.types.join(' < '))
  const { parts, isTelling, culprit } = decide(chain, raw, frames)
  if (isTelling) return { types: [...types, ...memberTypes], parts, isTelling, frames, culprit }
  const messages = templatesOf(chain, template)
  return { types: [...types, ...memberTypes], parts: [...parts, ...messages], isTelling, frames, culprit }
}

function decide(chain: readonly ParsedError[], raw: readonly Frame[], frames: readonly Frame[]): Decision {
  if (chain.some(link => isOverflow(link.type, link.message))) {
    const cycle = recursiveFrames(raw)
    const culprit = cycle.find(frame => frame.weight !== 'nameless')
    if (culprit !== undefined) return { parts: cycle.map(frame => frame.identity), isTelling: true, culprit }
  }
  return decidingFrames(frames)
}

/**
 * The error, its cause, the cause's cause; where a group's members all have one key, the first of them stands for the
 * cause. Members that differ are given back beside the chain, one per key, sorted: they have no order.
 */
function chainOf(
  error: ParsedError,
  groups: number,
  keyOf: (member: ParsedError) => ErrorKey,
): { chain: ParsedError[]; members: ErrorKey[] } {
  const chain: ParsedError[] = []
  let link: ParsedError | undefined = error
  let depth = groups
  while (link !== undefined) {
    chain.push(link)
    if (link.members.length === 0 || depth++ >= MAX_GROUP_DEPTH) {
      link = link.cause
      continue
    }
    const byKey = new Map<string, { key: ErrorKey; member: ParsedError }>()
    for (const member of link.members) {
      const key = keyOf(member)
      const text = JSON.stringify([key.types, key.parts])
      if (!byKey.has(text)) byKey.set(text, { key, member })
    }
    const distinct = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
    if (distinct.length > 1) return { chain, members: distinct.slice(0, MAX_MEMBERS).map(entry => entry.key) }
    link = distinct[0]!.member
  }
  return { chain, members: [] }
}

/** Of the error that was reported and of its root cause; what stands between says no more. */
function templatesOf(chain: readonly ParsedError[], template: Template): string[] {
  const told = chain.filter((link, i) => i === chain.length - 1 || !isCarrier(link.type))
  const messages = new Set([told[0], told.at(-1)].map(link => (isLookup(link) ? '' : firstLine(link?.message ?? ''))))
  messages.delete('')
  return [...new Set([...messages].map(message => templateOf(message, template)))]
}

/** Numbers that name the error itself: `status code 401`, `React error #418`, `error code: 18456`. A template masks them. */
const CODE =
  /\b(?:error|code|status|errno|sqlstate|http|exit code|exit status|signal)(?: code)?[ :=]{0,2}[#(['"]{0,2}([A-Z]{0,4}-?\d{1,7})\b(?![.:]\d)/gi
/** `2 validation errors` and `1 validation error` are one sentence. */
const COUNTED =
  /\b(\d+ (?:[a-z]+ )?(?:error|failure|warning|problem|issue|item|row|record|test|file|field|attempt|time|second|minute|byte|argument|parameter|retrie|retry))(?:s|es)\b/g
/** A name made of words and dashes behind the word `id` is one of many: `invalid project id qa_sandbox`. */
const IDENTIFIER = /\b(id|ID|uuid|key) ["']?(?=[\w-]*[-_])[A-Za-z][\w-]{3,}["']?(?=$|[\s,.;:)])/g

/** Where Laravel's template lies: it is a frame by then. */
const VIEW = / ?\(View: [^()]*\)/

/** Errors whose whole message is the key that was looked for, with its quotes or, as some loggers have it, without. */
const LOOKUPS = /(?:^|[.:])(?:KeyError|KeyNotFoundError)$/

function isLookup(link: ParsedError | undefined): boolean {
  return link !== undefined && LOOKUPS.test(link.type) && !/\w\s+\w+\s+\w/.test(link.message)
}

function templateOf(message: string, template: Template): string {
  const codes = [...message.matchAll(CODE)].map(match => match[1])
  const text = template(message.replace(VIEW, '').replace(COUNTED, '$1').replace(IDENTIFIER, '$1 0'))
  return codes.length === 0 ? text : `${text} ${[...new Set(codes)].join(' ')}`
}

/** The first line with a word in it. Loggers differ in how much of a long message they keep. */
function firstLine(message: string): string {
  return (
    message
      .split('\n')
      .find(line => /\p{L}/u.test(line))
      ?.trim() ?? message.trim()
  )
}
