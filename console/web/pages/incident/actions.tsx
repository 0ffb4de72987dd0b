import { useState } from 'preact/hooks'
import type { IncidentAnswer } from '../../../api/incident.ts'
import { ErrorNote } from '../../parts/basics.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { act } from '../../state/actions.ts'
import { useKeys } from '../../state/keys.ts'
import { mayChange } from '../../state/person.ts'

type Asked = 'acknowledge' | 'resolve' | 'silence'

interface ActionsProps {
  readonly incident: IncidentAnswer
  readonly onDone: () => void
}

/** What a responder may do with an incident. */
export function IncidentActions({ incident, onDone }: ActionsProps) {
  const [asked, setAsked] = useState<Asked>()
  const isOpen = incident.state !== 'resolved'
  const may = mayChange() && isOpen
  useKeys(
    may
      ? {
          a: { words: 'take the incident', run: () => setAsked('acknowledge') },
          r: { words: 'resolve the incident', run: () => setAsked('resolve') },
          s: { words: 'silence what is like it', run: () => setAsked('silence') },
        }
      : {},
  )
  if (!may) return null
  return (
    <>
      <button type="button" class={incident.state === 'open' ? 'primary' : ''} onClick={() => setAsked('acknowledge')}>
        {incident.state === 'open' ? 'Take it' : 'Take it over'}
      </button>
      <button type="button" onClick={() => setAsked('resolve')}>
        Resolve
      </button>
      <button type="button" onClick={() => setAsked('silence')}>
        Silence…
      </button>
      {asked !== undefined && (
        <Word incident={incident} asked={asked} onClose={() => setAsked(undefined)} onDone={onDone} />
      )}
    </>
  )
}

const TITLES = { acknowledge: 'Take the incident', resolve: 'Resolve the incident', silence: 'Silence' } as const
const WORDS = {
  acknowledge: 'Nobody is reminded of it any more, and everybody sees that it is yours.',
  resolve: 'Say that it is over.',
  silence: 'Nobody is told of findings of this service, for as long as you say.',
} as const

function Word({
  incident,
  asked,
  onClose,
  onDone,
}: ActionsProps & { readonly asked: Asked; readonly onClose: () => void }) {
  const [error, setError] = useState<string>()
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement) // the form below
    const why = String(fields.get('why') ?? '').trim()
    const isTrue = fields.get('true')
    const failed =
      asked === 'silence'
        ? await act('silence', {
            matchers: [`service=${JSON.stringify(incident.service)}`],
            minutes: Number(fields.get('minutes')),
            reason: why,
          })
        : await act('incident', {
            id: incident.id,
            word: asked,
            ...(why === '' ? {} : { why }),
            ...(isTrue === 'yes' || isTrue === 'no' ? { is_true: isTrue === 'yes' } : {}),
          })
    if (failed !== undefined) return setError(failed)
    onDone()
    onClose()
  }
  return (
    <Dialog title={TITLES[asked]} onClose={onClose}>
      <form class="form" onSubmit={event => void submit(event)}>
        <p class="unit">{WORDS[asked]}</p>
        {asked === 'silence' && (
          <label>
            For how long
            <select name="minutes">
              <option value="30">30 minutes</option>
              <option value="120">2 hours</option>
              <option value="480">8 hours</option>
              <option value="1440">a day</option>
            </select>
          </label>
        )}
        <label>
          Why{asked === 'silence' ? '' : ' (may be left out)'}
          <input name="why" maxLength={500} required={asked === 'silence'} />
        </label>
        {asked !== 'silence' && (
          <label>
            Was it worth telling?
            <select name="true">
              <option value="">not said</option>
              <option value="yes">yes</option>
              <option value="no">no, a false alarm</option>
            </select>
          </label>
        )}
        {error !== undefined && <ErrorNote words={error} />}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            {TITLES[asked]}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
