import { useState } from 'preact/hooks'
import type { NodeLink, NodeLinksAnswer } from '../../api/nodes.ts'
import type { NewNodeLink } from '../../server/actions/node-link.ts'
import { ask } from '../state/actions.ts'
import { useAnswer } from '../state/answers.ts'
import { mayChange } from '../state/person.ts'
import { href } from '../state/router.ts'
import { Acting } from './acting.tsx'
import { Answered } from './answered.tsx'
import { Ago, ErrorNote, Section, Snippet, Text, Time } from './basics.tsx'
import { type Column, Table } from './table.tsx'

/** Secret links that show one node to its owner, of one node or of all; responders make and revoke them. */
export function NodeLinks({ node }: { readonly node?: string }) {
  const answer = useAnswer<NodeLinksAnswer>('node-links', { id: node })
  const [made, setMade] = useState<{ readonly link: string } | { readonly error: string }>()
  const make = async () => {
    const done = await ask<NewNodeLink>('node-link', { node })
    setMade('error' in done ? done : { link: `${location.origin}/my-node#${done.data.token}` })
    answer.reload()
  }
  return (
    <Section
      title={node === undefined ? 'Links for owners of nodes' : 'For its owner'}
      aside={
        node === undefined || !mayChange() ? (
          <span class="unit">each shows one node to whoever has it</span>
        ) : (
          <button type="button" class="small" onClick={() => void make()}>
            Make a link
          </button>
        )
      }
    >
      {made !== undefined && (
        <div class="body">
          {'error' in made ? (
            <ErrorNote words={made.error} />
          ) : (
            <>
              <Snippet label="Send it to the owner: it is shown this once" text={made.link} />
              <p class="unit">Whoever has it sees this node in plain words and nothing else, without signing in.</p>
            </>
          )}
        </div>
      )}
      <Answered answer={answer} lines={2} check="the links">
        {({ links }) =>
          links.length === 0 ? (
            <p class="body unit">
              {node === undefined
                ? 'None. They are made on the page of a node.'
                : 'No link shows this node to anybody who does not sign in.'}
            </p>
          ) : (
            <Table
              label="Links for owners"
              name="sort-link"
              columns={[...(node === undefined ? [NODE] : []), ...columns(answer.reload)]}
              rows={links}
              keyOf={({ link_id }) => String(link_id)}
            />
          )
        }
      </Answered>
    </Section>
  )
}

const NODE: Column<NodeLink> = {
  name: 'node',
  title: 'Node',
  by: row => row.node_id,
  cell: row => (
    <a href={href('node', { id: row.node_id })}>
      <Text max={80}>{row.node_id}</Text>
    </a>
  ),
}

const columns = (reload: () => void): readonly Column<NodeLink>[] => [
  { name: 'by', title: 'Made by', cell: row => <Text max={80}>{row.created_by}</Text> },
  { name: 'made', title: 'When', by: row => row.created_at, cell: row => <Time at={row.created_at} /> },
  {
    name: 'opened',
    title: 'Last opened',
    by: row => row.opened_at ?? '',
    cell: row => (row.opened_at === undefined ? <span class="unit">never</span> : <Ago at={row.opened_at} />),
  },
  { name: 'until', title: 'Until', isMinor: true, cell: row => <Time at={row.expires_at} /> },
  {
    name: 'word',
    title: '',
    cell: ({ link_id: id }) =>
      mayChange() ? (
        <Acting
          label="Revoke"
          sure="Whoever has it sees nothing any more?"
          action="revoke-node-link"
          body={{ id }}
          onDone={reload}
        />
      ) : null,
  },
]
