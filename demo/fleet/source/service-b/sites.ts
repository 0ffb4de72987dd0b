import type { Session, Work } from '../work.ts'

class GridTimeout extends Error {
  override readonly name = 'GridTimeout'
  readonly status = 504
}

interface Site {
  readonly maxKwh: number
  /** Older sites share that of the street. */
  readonly meter: { readonly reservedKwh: number } | null
}

/** Load curves of the site's day. */
const CURVES_BYTES = 24 * 1024 * 1024

/** How much a site can deliver, with what the grid leaves. */
export async function readLimit(work: Work, session: Session): Promise<number> {
  work.set({ 'ev.site': session.site })
  await work.query('SELECT sites', 3)
  const share = gridShare(work, session)
  const limit = await work.inside('limit load', limiting => {
    forecast(limiting)
    return limitOf(siteOf(session.site))
  })
  work.log('info', `site ${session.site} can deliver ${(limit * share).toFixed(0)} kWh`)
  return limit * share
}

/** The grid's operator tells what it has. */
function gridShare(work: Work, session: Session): number {
  const status = work.ask('api.gridlink.example', '/v1/capacity', 45, 600)
  if (status === 200) return 0.8
  throw new GridTimeout(`api.gridlink.example did not say what site ${session.site} may draw`)
}

function forecast(work: Work): void {
  work.allocate(CURVES_BYTES)
  work.compute(12)
}

function limitOf(site: Site): number {
  const reserved = site.meter === null ? 0 : site.meter.reservedKwh
  return site.maxKwh - reserved
}

function siteOf(name: string): Site {
  const number = Number(name.split('-').at(-1))
  return { maxKwh: 60 + number, meter: number % 4 === 0 ? null : { reservedKwh: number } }
}
