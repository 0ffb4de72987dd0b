import type { Session, Work } from '../work.ts'

class CardDeclined extends Error {
  override readonly name = 'CardDeclined'
  readonly status = 402
}

class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly status = 502
}

class HoldRefused extends Error {
  override readonly name = 'HoldRefused'
  readonly status = 500
}

class JournalError extends Error {
  override readonly name = 'JournalError'
  readonly status = 500
}

/** What the gateway takes at most, in the smallest unit of any currency. */
const MOST = 30_000
const DECLINED_SHARE = 0.04
const PER_KWH: Readonly<Record<string, number>> = { EUR: 0.6, SEK: 6.8, GBP: 0.5 }

/** Holds what a session may cost on the driver's card. */
export async function placeHold(work: Work, session: Session): Promise<void> {
  work.set({ 'ev.currency': session.currency })
  await work.inside('score risk', scoring => scoring.compute(6))
  const units = unitsOf(session)
  checkUnits(session, units)
  charge(work, session)
  await work.query('INSERT holds', 4)
  journal(work, session)
  work.log('info', `held ${(units / 100).toFixed(2)} ${session.currency} for session ${session.id}`)
}

/** In the smallest unit of the currency. */
function unitsOf(session: Session): number {
  const price = PER_KWH[session.currency] ?? 1
  return Math.round(session.kwh * price * 100)
}

function checkUnits(session: Session, units: number): void {
  if (units <= MOST) return
  throw new HoldRefused(`a hold of ${units} for session ${session.id} is more than the gateway takes`)
}

function charge(work: Work, session: Session): void {
  const status = work.ask('api.cardgate.example', '/v2/holds', 90, 2_500)
  if (status === 0) throw new GatewayError(`api.cardgate.example did not answer for session ${session.id}`)
  if (work.chance() < DECLINED_SHARE) throw new CardDeclined(`the issuer declined session ${session.id}`)
}

/** Each hold is a line of the host's journal, for the night's accounting. */
function journal(work: Work, session: Session): void {
  try {
    work.append('/var/lib/payment/journal')
  } catch (cause) {
    throw new JournalError(`hold of session ${session.id} is not in the journal`, { cause })
  }
}
