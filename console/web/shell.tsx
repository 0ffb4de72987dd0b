import { useEffect, useState } from 'preact/hooks'
import { routes } from '../routes.ts'
import { SignIn } from './pages/sign-in.tsx'
import { pages } from './pages.tsx'
import { Frame } from './parts/answered.tsx'
import { Empty } from './parts/basics.tsx'
import { KeyHelp } from './parts/key-help.tsx'
import { TopBar } from './parts/top-bar.tsx'
import { useKeys } from './state/keys.ts'
import { me } from './state/person.ts'
import { go, href, type Route, route } from './state/router.ts'

/** All that is on every page. */
export function Shell() {
  const matched = route.value
  const [isHelp, setHelp] = useState(false)
  const [isMenu, setMenu] = useState(false)
  useEffect(() => {
    document.title = `${matched?.route.title ?? 'Not here'} · Sensorium`
    setMenu(false)
  }, [matched])
  const all: readonly Route[] = routes
  const shown = all.filter(({ role }) => role === undefined || role === me.value?.role)
  useKeys({
    '?': { words: 'this list', run: () => setHelp(true) },
    '/': { words: 'search, also Ctrl K or ⌘ K', run: toSearch },
    ...Object.fromEntries(
      shown.flatMap(({ name, nav }) =>
        nav === undefined
          ? []
          : [[`g ${nav.key}`, { words: `go to ${nav.label}`, run: () => go(href(name as keyof typeof pages)) }]],
      ),
    ),
  })
  const Drawn = matched === undefined ? NotHere : pages[matched.route.name]
  const asked: Route | undefined = matched?.route
  if (asked?.isOpen) return <Drawn />
  if (me.value === null) return <SignIn />
  if (asked?.isAlone) return <Drawn key={JSON.stringify(matched?.params)} />
  return (
    <div class={`shell${isMenu ? ' menu-open' : ''}`}>
      <a class="skip" href="#main">
        To the content
      </a>
      <TopBar isMenu={isMenu} onMenu={() => setMenu(!isMenu)} onHelp={() => setHelp(true)} />
      <nav class="nav" aria-label="Pages" id="pages">
        <ul>
          {shown.map(({ name, nav }) =>
            nav === undefined ? null : (
              <li key={name}>
                <a
                  href={href(name as keyof typeof pages)}
                  aria-current={matched?.route.name === name ? 'page' : undefined}
                >
                  {nav.label}
                </a>
              </li>
            ),
          )}
        </ul>
      </nav>
      <Drawn key={JSON.stringify(matched?.params)} />
      {isHelp && <KeyHelp onClose={() => setHelp(false)} />}
    </div>
  )
}

/** The field of the page of search, from anywhere. */
function toSearch(): void {
  if (route.value?.route.name === 'search') document.querySelector<HTMLInputElement>('.question input')?.select()
  else go(href('search'))
}

function NotHere() {
  return (
    <Frame title="There is no such page">
      <Empty title="Nothing is at this address">
        <p>
          It may be of another release, or cut short. <a href={href('home')}>Home</a> shows what is going on.
        </p>
      </Empty>
    </Frame>
  )
}
