import { effect, signal } from '@preact/signals'

type Theme = 'system' | 'light' | 'dark'
type Zone = 'local' | 'utc'

export const theme = signal<Theme>(kept('theme', ['system', 'light', 'dark']))
export const zone = signal<Zone>(kept('zone', ['local', 'utc']))

/** What this browser was told the last time; the first choice where it was told nothing. */
function kept<T extends string>(name: string, choices: readonly T[]): T {
  const value = read(name)
  return choices.find(choice => choice === value) ?? choices[0]!
}

/** A browser may keep nothing at all for us. */
function read(name: string): string | null {
  try {
    return localStorage.getItem(`sensorium.${name}`)
  } catch {
    return null
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`sensorium.${name}`, value)
  } catch {
    // Then it holds until the page is closed.
  }
}

const prefersDark = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = signal(prefersDark.matches)

/** Of what is drawn on a canvas, which knows no style sheet. */
export const isDark = signal(false)

export function followPreferences(): void {
  prefersDark.addEventListener('change', ({ matches }) => {
    systemIsDark.value = matches
  })
  effect(() => {
    const dark = theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value)
    document.documentElement.dataset.theme = dark ? 'dark' : 'light'
    isDark.value = dark
    keep('theme', theme.value)
  })
  effect(() => keep('zone', zone.value))
}
