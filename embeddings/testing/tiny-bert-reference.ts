import { HIDDEN, type TinyBertWeights } from './tiny-bert.ts'

type Row = readonly number[]
type Matrix = readonly Row[]

/**
 * The last hidden state of the tiny BERT for one text, computed from its weights in double precision by loops: one
 * text, no batch, no padding, no mask, so that it cannot share a mistake with what it checks.
 */
export function hiddenStates(weights: TinyBertWeights, ids: readonly number[], tokenTypes = true): Matrix {
  const table = (name: string): Matrix => {
    const { shape, values } = weights.get(name)!
    const width = shape.at(-1)!
    const numbers = Array.from(values, Number)
    return Array.from({ length: numbers.length / width }, (_, row) => numbers.slice(row * width, (row + 1) * width))
  }
  const [word, position, type] = [table('word'), table('position'), table('type')]
  const [shift] = table('shift')
  const norm = (row: Row) => layerNorm(row, shift!)
  const x = ids.map((id, at) =>
    norm(word[id]!.map((value, i) => value + position[at]![i]! + (tokenTypes ? type[0]![i]! : 0))),
  )
  const [q, k, v] = ['query', 'key', 'value'].map(name => times(x, table(name))) as [Matrix, Matrix, Matrix] // of three names
  const attended = q.map(query => {
    const shares = softmax(k.map(key => dot(query, key) / Math.sqrt(HIDDEN)))
    return v[0]!.map((_, i) => v.reduce((sum, value, at) => sum + shares[at]! * value[i]!, 0))
  })
  const y = plus(x, times(attended, table('out'))).map(norm)
  const wide = times(y, table('up')).map(row => row.map(value => Math.max(0, value)))
  return plus(y, times(wide, table('down'))).map(norm)
}

/** ONNX's LayerNormalization with a scale of one and its default epsilon. */
function layerNorm(row: Row, shift: Row): Row {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
  return row.map((value, i) => (value - mean) / Math.sqrt(variance + 1e-5) + shift[i]!)
}

function times(a: Matrix, b: Matrix): Matrix {
  return a.map(row => b[0]!.map((_, column) => row.reduce((sum, value, i) => sum + value * b[i]![column]!, 0)))
}

function plus(a: Matrix, b: Matrix): Matrix {
  return a.map((row, at) => row.map((value, i) => value + b[at]![i]!))
}

function dot(a: Row, b: Row): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}

function softmax(row: Row): Row {
  const powers = row.map(value => Math.exp(value - Math.max(...row)))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map(power => power / sum)
}
