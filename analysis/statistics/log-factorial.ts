/** ln(n!) of whole numbers: a table that grows with what is asked, since tests of counts ask for the same ones again. */
const table: number[] = [0, 0]
/** Past it Stirling's series is exact to the last digit of a double. */
const TABLE_MAX = 20_000

export function logFactorial(n: number): number {
  if (n > TABLE_MAX) return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n)
  for (let i = table.length; i <= n; i++) table.push(table[i - 1]! + Math.log(i))
  return table[n]!
}

/** ln of how many ways there are to choose k of n. */
export function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
}
