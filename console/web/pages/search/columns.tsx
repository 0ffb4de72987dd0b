import { useState } from 'preact/hooks'
import { Text } from '../../parts/basics.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { param, setParams } from '../../state/router.ts'
import type { RecordRow } from './record-row.ts'

/** Columns that every record has, by the name under which they are filtered. */
const OWN: Readonly<Record<string, keyof RecordRow>> = {
  service: 'service',
  env: 'environment',
  kind: 'kind',
  operation: 'name',
  error: 'error_type',
  release: 'release',
  request: 'request_id',
  user: 'user_id',
  deal_id: 'deal_id',
  trace: 'trace_id',
  node: 'node_id',
  problem: 'fingerprint',
}
const BY_DEFAULT = 'service'

/** Names of the columns between the level and the message, as the address has them. */
export function columnsShown(): readonly string[] {
  return (param('columns') ?? BY_DEFAULT)
    .split(',')
    .filter(name => name !== '')
    .slice(0, 8)
}

export function cellOf(row: RecordRow, column: string): string {
  const own = OWN[column]
  if (own !== undefined) return String(row[own] ?? '')
  const attributes = row.attributes as Readonly<Record<string, unknown>> | undefined
  return String(attributes?.[column] ?? '')
}

export function Columns() {
  const [isOpen, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const shown = columnsShown()
  const set = (names: readonly string[]) =>
    setParams({ columns: names.join(',') === BY_DEFAULT ? undefined : names.join(',') || ',' })
  const toggle = (name: string) => set(shown.includes(name) ? shown.filter(one => one !== name) : [...shown, name])
  return (
    <>
      <button type="button" class="small" onClick={() => setOpen(true)}>
        Columns
      </button>
      {isOpen && (
        <Dialog title="Columns" onClose={() => setOpen(false)}>
          <div class="body columns">
            {[...new Set([...Object.keys(OWN), ...shown])].map(name => (
              <label key={name}>
                <input type="checkbox" checked={shown.includes(name)} onChange={() => toggle(name)} />{' '}
                <Text max={80}>{name}</Text>
              </label>
            ))}
            <form
              onSubmit={event => {
                event.preventDefault()
                const name = typed.trim().replaceAll(',', '')
                if (name !== '' && !shown.includes(name)) set([...shown, name])
                setTyped('')
              }}
            >
              <input
                aria-label="An attribute"
                placeholder="an attribute, such as http.route"
                value={typed}
                onInput={event => setTyped(event.currentTarget.value)}
              />{' '}
              <button type="submit" class="small">
                Add
              </button>
            </form>
          </div>
        </Dialog>
      )}
    </>
  )
}
