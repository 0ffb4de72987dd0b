import { hash64 } from '../hash64.ts'
import { type ErrorKey, errorKey, type Template } from './error-key.ts'
import type { Frame } from './frame.ts'
import { readHeader, simpleName } from './header.ts'
import { stackLines } from './lines.ts'
import { parseStack } from './parse.ts'
import { MAX_MESSAGE_CHARS, type OpenError, openError, type ParsedError } from './parsed.ts'
import { isErrorCode, normaliseType } from './type-chain.ts'

/**
 * Raised by every change that gives an error another fingerprint: a rule, a word of `generic-words.ts`, a package in a
 * list of dependencies. It is part of what is hashed, so an id means the same grouping for ever.
 */
export const ERROR_FINGERPRINT_VERSION = 3

export interface ErrorReport {
  /** `exception.type`; '' where the record has none. */
  readonly type: string
  /** `exception.message`; '' where the record has none. */
  readonly message: string
  /** `exception.stacktrace`; '' where the record has none. */
  readonly stack: string
  /** `telemetry.sdk.language`, to settle what the stack leaves open. */
  readonly language?: string | undefined
}

export interface ErrorFingerprint {
  /** Signed, as Postgres' bigint holds it. */
  readonly fingerprint: bigint
  readonly version: number
  /** Outermost first, without errors that only carried another one; never empty strings. */
  readonly typeChain: readonly string[]
  /** From the root cause's throw site outwards, recursion collapsed; empty without a stack. */
  readonly frames: readonly Frame[]
  /** `Cart.total in src/cart.ts`: where to look first. '' where the stack does not say. */
  readonly culprit: string
  /** `stack` where the frames alone decide; `message` where its template had to help. */
  readonly basis: 'stack' | 'message'
  /** What was hashed beside the types: identities of frames, templates. For people who ask why two errors are one. */
  readonly parts: readonly string[]
}

/** Enough to show; fingerprints look at three. */
const MAX_KEPT_FRAMES = 50

/**
 * Which problem an error is: the same number for the same bug on any machine, in any build, by any route, thrown at
 * once or awaited. docs/decisions/error-fingerprint.md says how, and why so. Pure, linear in the stack; never throws
 * unless `template` does.
 */
export function errorFingerprint(report: ErrorReport, template: Template): ErrorFingerprint {
  const parsed = parseStack(report.stack, report.language)
  const error = withReport(parsed?.error ?? withoutFrames(report.stack), report)
  const key = withDigest(errorKey(error, parsed?.format, template), report.stack)
  const text = JSON.stringify(['error', ERROR_FINGERPRINT_VERSION, key.types, key.parts])
  return {
    fingerprint: hash64(text),
    version: ERROR_FINGERPRINT_VERSION,
    typeChain: key.types,
    frames: key.frames.slice(0, MAX_KEPT_FRAMES),
    culprit: describe(key.culprit),
    basis: key.isTelling ? 'stack' : 'message',
    parts: key.parts,
  }
}

/** Next.js hides a server's message from browsers and gives its hash in its place, the same for the same error. */
const DIGEST = /^\s*digest: ['"](\d{4,12}|[0-9a-f]{8,64})['"],?$/m

function withDigest(key: ErrorKey, stack: string): ErrorKey {
  const digest = key.isTelling ? undefined : DIGEST.exec(stack)?.[1]
  return digest === undefined ? key : { ...key, parts: [...key.parts, digest] }
}

/** A stack that is no more than `TypeError: x is not a function`. */
function withoutFrames(stack: string): OpenError {
  for (const line of stackLines(stack)) {
    const header = readHeader(line.trim())
    if (header !== undefined) return openError(header.type, header.message)
  }
  return openError('', stack.trim())
}

/**
 * What the record says of the reported error, over what the trace's first line says. The trace's chain stands where it
 * names the reported type anywhere: loggers report `IllegalStateException` for `java.lang.IllegalStateException`, and
 * some report the root cause. Codes in the type's place (`ECONNREFUSED`) are no types where the trace has one.
 */
function withReport(error: ParsedError, report: ErrorReport): ParsedError {
  const type = normaliseType(report.type)
  const isKnown = type === '' || (error.type !== '' && isErrorCode(type)) || namesType(error, simpleName(type))
  // The root cause's message, reported beside a trace of the error around it, is in the trace already.
  const message =
    report.message === '' || (isKnown && hasMessage(error.cause, report.message)) ? error.message : report.message
  return { ...error, type: isKnown ? error.type : type, message: message.slice(0, MAX_MESSAGE_CHARS) }
}

function namesType(error: ParsedError, simple: string): boolean {
  for (let link: ParsedError | undefined = error; link !== undefined; link = link.cause) {
    if (simpleName(normaliseType(link.type)) === simple) return true
  }
  return false
}

function hasMessage(error: ParsedError | undefined, message: string): boolean {
  for (let link = error; link !== undefined; link = link.cause) if (link.message === message) return true
  return false
}

function describe(frame: Frame | undefined): string {
  if (frame === undefined) return ''
  const name = frame.function === '' ? '<anonymous>' : frame.function
  return frame.file === '' ? name : `${name} in ${frame.file}`
}
