import type { Shared } from '../analysis/contrast/index.ts'
import type { SetContrast } from '../store/contrast/index.ts'
import { counted, type Json, type Row, type Section } from './answer.ts'
import { plainRow } from './answer-text.ts'

/** What the first set has in common, as a section: each row an attribute value with its counts. */
export function sharedSection(contrast: SetContrast | undefined, most: number): Section {
  const shared = contrast?.shared ?? []
  return {
    name: 'shared',
    rows: contrast === undefined ? [] : shared.slice(0, most).map(one => sharedRow(one, contrast)),
    total: shared.length,
    more: 'what_they_share',
  }
}

export function sharedRow({ traits, also, first, second, chance }: Shared, of: SetContrast): Row {
  const plain = ({ key, value }: { readonly key: string; readonly value: string }) =>
    /^[≥<] /.test(value) ? `${key} ${value}` : `${key}=${value}`
  return plainRow({
    attribute: traits.map(plain).join(' and '),
    first: `${first} of ${of.first}`,
    second: `${second} of ${of.second}`,
    ...(also.length === 0 ? {} : { same_as: also.slice(0, 4).map(plain) as readonly Json[] }),
    chance: Number(chance.toPrecision(1)),
  })
}

/** How many things of each kind were hit, and some of them. */
export function entityRows(rows: readonly Row[]): Row[] {
  return rows.map(({ entity, hit, samples }) => ({ entity: entity!, distinct: hit!, samples: samples ?? [] }))
}

export function comparedNote({ compared, first, second, firstIs, secondIs }: SetContrast): string {
  return `${counted(compared, 'attribute value')} compared: first is ${first} ${firstIs}, second ${second} ${secondIs}.`
}
