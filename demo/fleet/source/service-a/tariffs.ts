import type { Reply, Session, Work } from '../work.ts'

class SiteTimeout extends Error {
  override readonly name = 'SiteTimeout'
  readonly status = 504
}

class SiteError extends Error {
  override readonly name = 'SiteError'
  readonly status = 502
}

interface Tariff {
  readonly perKwh: number
  /** Between ten in the evening and six. */
  readonly night?: { readonly perKwh: number }
}

const TARIFFS: Readonly<Record<string, Tariff>> = {
  roam: { perKwh: 0.69 },
  home: { perKwh: 0.49, night: { perKwh: 0.31 } },
  fleet: { perKwh: 0.44, night: { perKwh: 0.29 } },
  adhoc: { perKwh: 0.79, night: { perKwh: 0.59 } },
}
const NIGHT_SHARE = 0.3

/** What a session will cost, as far as the site can deliver. */
export async function quote(work: Work, session: Session): Promise<number> {
  work.set({ 'ev.tariff': session.tariff })
  await work.query('SELECT tariffs', 3)
  const limit = await askSite(work, session)
  const amount = await work.inside('price session', pricing => priceOf(pricing, session, limit))
  work.log('info', `quoted ${amount.toFixed(2)} with tariff ${session.tariff}`, { 'ev.tariff': session.tariff })
  return amount
}

async function askSite(work: Work, session: Session): Promise<number> {
  const timeoutMs = work.setting('site_timeout_ms')
  const reply: Reply = await work.call('ServiceB', 'GET /sites/{id}', timeoutMs)
  if (reply.status === 200) return Number(reply.body)
  if (reply.status !== 0) throw new SiteError(`ServiceB answered ${reply.status}`)
  throw new SiteTimeout(`limits of site ${session.site} did not come within ${timeoutMs} ms`)
}

function priceOf(work: Work, session: Session, limit: number): number {
  work.compute(5)
  const tariff = TARIFFS[session.tariff]!
  const kwh = Math.min(session.kwh, limit)
  return nightPart(tariff, kwh) + dayPart(tariff, kwh)
}

function nightPart(tariff: Tariff, kwh: number): number {
  const rate = tariff.night ?? tariff
  return kwh * NIGHT_SHARE * rate.perKwh
}

function dayPart(tariff: Tariff, kwh: number): number {
  return kwh * (1 - NIGHT_SHARE) * tariff.perKwh
}
