const NUMBERS = /^v?(\d{1,9}(?:\.\d{1,9})*)/

/** Whether a version is the one with the fix or a later one; undefined where they cannot be compared. As has_fix in SQL. */
export function hasFix(version: string | undefined, fix: string): boolean | undefined {
  const [own, fixed] = [numbersOf(version), numbersOf(fix)]
  if (version === undefined || own === undefined || fixed === undefined) return undefined
  for (let i = 0; i < Math.max(own.length, fixed.length); i++) {
    // 0.3 comes before 0.3.0, as arrays are compared.
    const difference = (own[i] ?? -1) - (fixed[i] ?? -1)
    if (difference !== 0) return difference > 0
  }
  // A pre-release comes before its release.
  return !version.includes('-') || version === fix
}

function numbersOf(version: string | undefined): number[] | undefined {
  return NUMBERS.exec(version ?? '')?.[1]
    ?.split('.')
    .map(Number)
}
