import type { EnvironmentsAnswer } from '../../api/environments.ts'
import { DEFAULT_RANGE } from '../../first-questions.ts'
import { beginning, timeText, visibleText } from '../format.ts'
import { useAnswer } from '../state/answers.ts'
import { connection } from '../state/live.ts'
import { me, signOut } from '../state/person.ts'
import { theme, zone } from '../state/preferences.ts'
import { RANGES } from '../state/range.ts'
import { href, param, setParams } from '../state/router.ts'
import { Banner } from './banner.tsx'

interface TopBarProps {
  readonly isMenu: boolean
  readonly onMenu: () => void
  readonly onHelp: () => void
}

export function TopBar({ isMenu, onMenu, onHelp }: TopBarProps) {
  return (
    <header class="top">
      <button
        type="button"
        class="menu plain"
        aria-expanded={isMenu}
        aria-controls="pages"
        aria-label="Pages"
        onClick={onMenu}
      >
        ☰
      </button>
      <a class="brand" href={href('home')}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M3 17h6l3-9 6 17 4-12 2 4h5" />
        </svg>
        Sensorium
      </a>
      <Range />
      <Environment />
      <div class="spacer" />
      <Live />
      <Switches onHelp={onHelp} />
      <Banner />
    </header>
  )
}

function Range() {
  const [from, to] = [param('from'), param('to')]
  const isDrawn = from !== undefined
  const chosen = param('range') ?? DEFAULT_RANGE
  // A link may name another than those that are offered.
  const ranges: readonly string[] = RANGES.some(range => range === chosen) ? RANGES : [chosen, ...RANGES]
  const choose = (value: string) =>
    setParams({ range: value === DEFAULT_RANGE ? undefined : value, from: undefined, to: undefined })
  return (
    <label class="range">
      <span class="hidden">Time range</span>
      <select value={isDrawn ? 'drawn' : chosen} onChange={event => choose(event.currentTarget.value)}>
        {isDrawn && <option value="drawn">{`${short(from)} – ${to === undefined ? 'now' : short(to)}`}</option>}
        {ranges.map(range => (
          <option key={range} value={range}>
            Last {range}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Of which environment; all of them by default. */
function Environment() {
  const answer = useAnswer<EnvironmentsAnswer>('environments', {}, ['problems'])
  const chosen = param('env') ?? '*'
  const known = answer.data?.environments ?? []
  if (known.length < 2 && chosen === '*') return null
  const names = chosen === '*' || known.includes(chosen) ? known : [chosen, ...known]
  return (
    <label>
      <span class="hidden">Environment</span>
      <select
        value={chosen}
        onChange={event =>
          setParams({ env: event.currentTarget.value === '*' ? undefined : event.currentTarget.value })
        }
      >
        <option value="*">All environments</option>
        {names.map(name => (
          <option key={name} value={name}>
            {beginning(visibleText(name), 40)}
          </option>
        ))}
      </select>
    </label>
  )
}

function short(text: string): string {
  const at = new Date(text)
  return Number.isNaN(+at) ? beginning(visibleText(text), 20) : timeText(at, zone.value, new Date())
}

const STATES = {
  connecting: 'Connecting',
  live: 'Live',
  slow: 'Database slow',
  gone: 'Server gone',
} as const

function Live() {
  return (
    <span class={`live ${connection.value}`} role="status">
      <span class="dot" aria-hidden="true" />
      {STATES[connection.value]}
    </span>
  )
}

const THEMES = { system: 'light', light: 'dark', dark: 'system' } as const

function Switches({ onHelp }: { readonly onHelp: () => void }) {
  const person = me.value
  return (
    <div class="switches">
      <button
        type="button"
        class="plain"
        title="Times in the zone of this browser, or in UTC"
        onClick={() => {
          zone.value = zone.value === 'utc' ? 'local' : 'utc'
        }}
      >
        {zone.value === 'utc' ? 'UTC' : 'Local time'}
      </button>
      <button
        type="button"
        class="plain"
        title="Colours: of the system, light, dark"
        onClick={() => {
          theme.value = THEMES[theme.value]
        }}
      >
        <span aria-hidden="true">{theme.value === 'dark' ? '☾' : theme.value === 'light' ? '☀' : '◐'}</span>
        <span class="hidden">Colours: {theme.value}</span>
      </button>
      <button type="button" class="plain" title="Keys" onClick={onHelp}>
        <span aria-hidden="true">?</span>
        <span class="hidden">Keys</span>
      </button>
      {person?.isSignedIn && (
        <button
          type="button"
          class="plain"
          title={`Signed in as ${person.name}, ${person.role}`}
          onClick={() => void signOut()}
        >
          Sign out
        </button>
      )}
    </div>
  )
}
