import { InvalidArgumentError, Option } from 'commander'

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `15m`, `24h`, `7d` before now, or a time in ISO 8601. */
export function timeOf(text: string): Date {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count !== undefined && unit !== undefined) return new Date(Date.now() - Number(count) * UNIT_MS[unit]!)
  const time = new Date(text)
  if (!/^\d{4}-/.test(text) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('write 15m, 24h, 7d, or a time such as 2026-01-31T12:00:00Z')
  }
  return time
}

/** An option that begins so long ago where nobody says otherwise; help shows the span, and not what it is now. */
export function sinceOption(flags: string, description: string, span: string): Option {
  return new Option(flags, description).argParser(timeOf).default(timeOf(span), span)
}

/** A parser of whole numbers from 1. */
export function countOf(max: number): (text: string) => number {
  return text => {
    const count = Number(text)
    if (!Number.isInteger(count) || count < 1 || count > max) {
      throw new InvalidArgumentError(`write a number from 1 to ${max}`)
    }
    return count
  }
}

/** What a fingerprint is of. Anything else is refused, with these two: a typing error must not look like an empty store. */
export function kindOption(): Option {
  return new Option('--kind <kind>', 'what was fingerprinted').choices(['log', 'error'])
}
