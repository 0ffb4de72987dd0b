import type { PageElement } from './page.ts'
import { quietly, type Recording } from './recording.ts'

/** What people mean to press, when they press something within it. */
const PRESSABLE = 'a,button,input,select,textarea,label,summary,[role],[data-testid]'
const PATH_DEPTH = 3
const PATH_CHARS_MAX = 150

/**
 * An event for each click and each submitted form: which element, by its place in the page. Never its text, value or
 * address, which may say who somebody is.
 */
export function watchInteraction(recording: Recording): void {
  for (const type of ['click', 'submit']) {
    const listener = (target: unknown) => {
      const element = elementOf(target, type)
      if (element === undefined) return
      recording.log({
        eventName: `browser.user_action.${type}`,
        severity: 'INFO',
        body: `${type} ${pathOf(element)}`,
        attributes: { 'browser.element.path': pathOf(element), 'browser.element.tag': element.tagName.toLowerCase() },
      })
    }
    // Capturing, so that a handler that stops the event does not hide it.
    recording.page.document.addEventListener(type, event => quietly(() => listener(event.target)), { capture: true })
  }
}

function elementOf(target: unknown, type: string): PageElement | undefined {
  const element = target as Partial<PageElement> | null // an event's target may be the document
  if (typeof element?.closest !== 'function' || typeof element.tagName !== 'string') return undefined
  return (type === 'click' ? element.closest(PRESSABLE) : null) ?? (element as PageElement)
}

/** `form#login>div>button[send]`: tags with ids, or the `data-testid` in brackets. */
function pathOf(element: PageElement): string {
  const parts: string[] = []
  for (let at: PageElement | null = element; at !== null && parts.length < PATH_DEPTH; at = at.parentElement) {
    const testId = at.getAttribute('data-testid')
    // Not the property: a field named `id` hides the one of its form.
    const id = at.getAttribute('id')
    parts.unshift(`${at.tagName.toLowerCase()}${id === null ? '' : `#${id}`}${testId === null ? '' : `[${testId}]`}`)
  }
  return parts.join('>').slice(0, PATH_CHARS_MAX)
}
