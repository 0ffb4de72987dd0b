import './style/tokens.css'
import './style/base.css'
import './style/parts.css'
import './style/shell.css'
import { render } from 'preact'
import { Shell } from './shell.tsx'
import { followKeys } from './state/keys.ts'
import { listen } from './state/live.ts'
import { askWhoIAm } from './state/person.ts'
import { followPreferences } from './state/preferences.ts'
import { followLinks, type Route, route } from './state/router.ts'

followPreferences()
followLinks()
followKeys()
// Who has nothing but a link is nobody whom the server knows.
const asked: Route | undefined = route.value?.route
if (!asked?.isOpen) {
  void askWhoIAm()
  listen()
}
render(<Shell />, document.getElementById('app')!)
