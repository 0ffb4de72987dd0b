import { useState } from 'preact/hooks'
import type { ProblemAnswer } from '../../api/problem.ts'
import type { GroupPreview } from '../../server/actions/groups.ts'
import { many } from '../format.ts'
import { ErrorNote, Text } from '../parts/basics.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { act, ask } from '../state/actions.ts'
import { mayChange } from '../state/person.ts'

interface ActionsProps {
  readonly problem: ProblemAnswer
  readonly onDone: () => void
}

/** What a responder may do with a problem. */
export function ProblemActions({ problem, onDone }: ActionsProps) {
  const [error, setError] = useState<string>()
  const [asked, setAsked] = useState<'merge' | 'split'>()
  if (!mayChange()) return null
  const mark = async (status: 'open' | 'resolved') => {
    setError(await act('problem-status', { id: problem.fingerprint, status }))
    onDone()
  }
  const close = () => setAsked(undefined)
  return (
    <>
      {error !== undefined && <ErrorNote words={error} />}
      {problem.status === 'resolved' ? (
        <button type="button" onClick={() => void mark('open')}>
          Open again
        </button>
      ) : (
        <button type="button" onClick={() => void mark('resolved')}>
          Resolve
        </button>
      )}
      <button type="button" onClick={() => setAsked('merge')}>
        Merge…
      </button>
      {problem.group.length > 0 && (
        <button type="button" onClick={() => setAsked('split')}>
          Split…
        </button>
      )}
      {asked === 'merge' && <Merge problem={problem} onClose={close} onDone={onDone} />}
      {asked === 'split' && <Split problem={problem} onClose={close} onDone={onDone} />}
    </>
  )
}

type GroupProps = ActionsProps & { readonly onClose: () => void }

function Merge({ problem, onClose, onDone }: GroupProps) {
  const [other, setOther] = useState('')
  return (
    <GroupDialog
      title="Merge with another problem"
      request={other.trim() === '' ? undefined : { kind: 'merge', fingerprints: [problem.fingerprint, other.trim()] }}
      onClose={onClose}
      onDone={onDone}
    >
      <label>
        The other problem
        <input
          list="similar-problems"
          value={other}
          onInput={event => setOther(event.currentTarget.value)}
          placeholder="its 16 digits"
          pattern="[0-9a-f]{16}"
        />
        <datalist id="similar-problems">
          {problem.similar.map(({ fingerprint, template }) => (
            <option key={fingerprint} value={fingerprint}>
              {template}
            </option>
          ))}
        </datalist>
      </label>
    </GroupDialog>
  )
}

function Split({ problem, onClose, onDone }: GroupProps) {
  const all = [{ fingerprint: problem.fingerprint, template: problem.template }, ...problem.group]
  const [chosen, setChosen] = useState<readonly string[]>([problem.fingerprint])
  const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter(one => one !== id) : [...chosen, id])
  return (
    <GroupDialog
      title="Split out of the group"
      request={chosen.length === 0 ? undefined : { kind: 'split', fingerprints: chosen }}
      onClose={onClose}
      onDone={onDone}
    >
      <fieldset>
        <legend>Become a group of their own</legend>
        {all.map(({ fingerprint, template }) => (
          <label key={fingerprint} class="choice">
            <input type="checkbox" checked={chosen.includes(fingerprint)} onChange={() => toggle(fingerprint)} />
            <Text max={160}>{template}</Text>
          </label>
        ))}
      </fieldset>
    </GroupDialog>
  )
}

interface GroupDialogProps extends Pick<GroupProps, 'onClose' | 'onDone'> {
  readonly title: string
  readonly request: { readonly kind: 'merge' | 'split'; readonly fingerprints: readonly string[] } | undefined
  readonly children: preact.ComponentChildren
}

/** Nothing is kept before it was seen what it does to the history. */
function GroupDialog({ title, request, onClose, onDone, children }: GroupDialogProps) {
  const [note, setNote] = useState('')
  const [seen, setSeen] = useState<{ readonly of: string; readonly preview: GroupPreview }>()
  const [error, setError] = useState<string>()
  const key = JSON.stringify(request)
  const run = async (isPreview: boolean) => {
    const answered = await ask<GroupPreview>('groups', { ...request, note, preview: isPreview })
    if ('error' in answered) return setError(answered.error)
    setError(undefined)
    if (isPreview) return setSeen({ of: key, preview: answered.data })
    onDone()
    onClose()
  }
  const preview = seen !== undefined && seen.of === key ? seen.preview : undefined
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="form">
        {children}
        <label>
          Why, for whoever reads the rules
          <input value={note} onInput={event => setNote(event.currentTarget.value)} maxLength={500} />
        </label>
        {error !== undefined && <ErrorNote words={error} />}
        {preview !== undefined && (
          <div role="status">
            {preview.effects.length === 0 ? (
              <p>No group would change.</p>
            ) : (
              <ul class="because">
                {preview.effects.map(effect => (
                  <li key={effect.group_id}>
                    group <span class="mono">{effect.group_id}</span> {effect.change}:{' '}
                    {many(effect.records_before, 'record')} before, {many(effect.records_after, 'record')} after
                  </li>
                ))}
              </ul>
            )}
          </div>
        )}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" disabled={request === undefined} onClick={() => void run(true)}>
            Preview
          </button>
          <button
            type="button"
            class="primary"
            disabled={preview === undefined || preview.effects.length === 0}
            onClick={() => void run(false)}
          >
            Keep it
          </button>
        </div>
      </div>
    </Dialog>
  )
}
