/** Letters that fill two cells: East Asian wide and full-width forms, and pictures. */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})/u
const LETTERS = new Intl.Segmenter('en', { granularity: 'grapheme' })
const PLAIN = /^[\u0020-\u007e\u00a0-\u02ff\u2010-\u2027\u2190-\u259f]*$/

/** Cells of a terminal that the text takes, as far as terminals agree. */
export function cellsOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let cells = 0
  for (const { segment } of LETTERS.segment(text)) cells += WIDE.test(segment) ? 2 : 1
  return cells
}

/** The text in exactly so many cells: cut with a sign that it was, or filled up. */
export function fitted(text: string, cells: number, toTheRight = false): string {
  const cut = cutTo(text, cells)
  const rest = ' '.repeat(Math.max(0, cells - cellsOf(cut)))
  return toTheRight ? rest + cut : cut + rest
}

/** At most so many cells. */
export function cutTo(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text
  let kept = ''
  let taken = 0
  for (const { segment } of LETTERS.segment(text)) {
    const width = cellsOf(segment)
    if (taken + width > cells - 1) break
    kept += segment
    taken += width
  }
  return cells > 0 ? `${kept}…` : ''
}
