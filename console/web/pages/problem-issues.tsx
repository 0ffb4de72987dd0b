import { useState } from 'preact/hooks'
import type { ProblemAnswer, ProblemIssue } from '../../api/problem.ts'
import { Badge, ErrorNote, Section, Text } from '../parts/basics.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { act } from '../state/actions.ts'
import { mayChange } from '../state/person.ts'

interface IssuesProps {
  readonly problem: ProblemAnswer
  readonly onDone: () => void
}

/** What is known of it and what mends it; a responder writes it down. */
export function KnownIssues({ problem, onDone }: IssuesProps) {
  const [isAsked, setAsked] = useState(false)
  const { issues } = problem
  if (issues.length === 0 && !mayChange()) return null
  return (
    <Section
      title="Known issue"
      aside={
        mayChange() && (
          <button type="button" class="small" onClick={() => setAsked(true)}>
            Write it down…
          </button>
        )
      }
    >
      {issues.length === 0 ? (
        <p class="body unit">It is no known issue yet: nothing says what mends it.</p>
      ) : (
        issues.map(issue => <Issue key={issue.name} issue={issue} />)
      )}
      {isAsked && <NewIssue problem={problem} onClose={() => setAsked(false)} onDone={onDone} />}
    </Section>
  )
}

const FIXES: Readonly<Record<string, string>> = {
  update: 'an update mends it',
  config_change: 'a change of configuration mends it',
  manual: 'it is mended by hand',
  self_healing: 'it mends itself',
}

function Issue({ issue }: { readonly issue: ProblemIssue }) {
  const { name, status, description, fix_type, fix_version, fix_commit, reopened_version } = issue
  return (
    <div class="body">
      <p>
        <strong>
          <Text max={200}>{name}</Text>
        </strong>{' '}
        {status === 'reopened' && (
          <Badge tone="bad">
            is back{reopened_version !== undefined && <Text max={40}>{` on ${reopened_version}`}</Text>}
          </Badge>
        )}
      </p>
      {description !== undefined && (
        <p>
          <Text max={2_000}>{description}</Text>
        </p>
      )}
      <p class="unit">
        {fix_type === undefined ? 'nothing is said of a fix' : (FIXES[fix_type] ?? fix_type)}
        {fix_version !== undefined && (
          <>
            {', fixed in '}
            <Text max={60}>{fix_version}</Text>
          </>
        )}
        {fix_commit !== undefined && (
          <span class="mono">
            {' '}
            <Text max={12}>{fix_commit}</Text>
          </span>
        )}
      </p>
    </div>
  )
}

function NewIssue({ problem, onClose, onDone }: IssuesProps & { readonly onClose: () => void }) {
  const [error, setError] = useState<string>()
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement) // the form below
    const given = [...fields].filter(([, value]) => value !== '')
    const failed = await act('known-issue', { id: problem.fingerprint, ...Object.fromEntries(given) })
    if (failed !== undefined) return setError(failed)
    onDone()
    onClose()
  }
  return (
    <Dialog title="Write it down as known" onClose={onClose}>
      <form class="form" onSubmit={event => void submit(event)}>
        <p class="unit">Records of this problem name the issue from then on; agents and messages, too.</p>
        <label>
          Name
          <input name="name" required maxLength={200} />
        </label>
        <label>
          What it is (may be left out)
          <input name="description" maxLength={2_000} />
        </label>
        <label>
          What mends it
          <select name="fix_type">
            <option value="">not known yet</option>
            <option value="update">an update</option>
            <option value="config_change">a change of configuration</option>
            <option value="manual">something by hand</option>
            <option value="self_healing">nothing: it mends itself</option>
          </select>
        </label>
        <label>
          Fixed in version (for an update)
          <input name="fix_version" maxLength={100} />
        </label>
        {error !== undefined && <ErrorNote words={error} />}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Write it down
          </button>
        </div>
      </form>
    </Dialog>
  )
}
