import { unitsOf } from './units.ts'

/** What a group's template shows where its members differ. */
const VARIES = '<*>'
/** Members that are compared: enough to meet every place that varies, few enough to do it for each page view. */
const MAX_COMPARED = 64

/**
 * One template for a whole group: the text that its members share, with `<*>` for each word in which they differ. Does
 * not depend on the order of `templates`.
 */
export function groupTemplate(templates: readonly string[]): string {
  const members = [...templates].sort().map(template => ({ template, units: unitsOf(template) }))
  const length = commonest(members.map(member => member.units.length))
  const alike = members.filter(member => member.units.length === length).slice(0, MAX_COMPARED)
  const [first, ...others] = alike
  if (!first) return ''
  let text = ''
  let written = 0
  for (const [index, { start, end }] of first.units.entries()) {
    const word = first.template.slice(start, end)
    const varies = others.some(({ template, units }) => template.slice(units[index]!.start, units[index]!.end) !== word)
    if (!varies) continue
    text += first.template.slice(written, start) + VARIES
    written = end
  }
  return text + first.template.slice(written)
}

/** The number that occurs most often, the smallest of several. */
function commonest(numbers: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  let best = 0
  let most = 0
  for (const [number, count] of counts) {
    if (count > most || (count === most && number < best)) {
      best = number
      most = count
    }
  }
  return best
}
