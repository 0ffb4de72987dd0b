import * as asked from '../../first-questions.ts'
import { query, setParams } from './router.ts'

/** The ranges that the bar offers. */
export const RANGES = ['15m', '1h', '6h', '24h', '7d', '30d'] as const

/** Of the page at hand. */
export const rangeParams = () => asked.rangeParams(query.value)

/** The range that was drawn on a chart; back undoes it. */
export const zoomTo = (from: number, to: number) =>
  setParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), range: undefined }, { push: true })
