import './slos.css'
import type { ActionRow, PeopleAnswer, PersonRow, SessionRow } from '../../api/people.ts'
import { many } from '../format.ts'
import { Acting } from '../parts/acting.tsx'
import { Page } from '../parts/answered.tsx'
import { Ago, Badge, Empty, Section, Snippet, Text, Time } from '../parts/basics.tsx'
import { NodeLinks } from '../parts/node-links.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useAnswer } from '../state/answers.ts'

/** For admins: who may sign in, who has, by which links owners look at nodes, and what was changed by whom. */
export function People() {
  const answer = useAnswer<PeopleAnswer>('people', {}, ['incidents', 'silences'])
  return (
    <Page title="People" answer={answer}>
      {({ people, sessions, actions }) => (
        <>
          <Section title={people.length === 0 ? 'Nobody signs in here' : many(people.length, 'person', 'people')}>
            {people.length === 0 ? (
              <Empty title="On loopback whoever can open the page is taken for the account that runs Sensorium">
                <Snippet label="Make somebody" text="npx sensorium console users add nana --role responder" />
              </Empty>
            ) : (
              <Table label="People" columns={peopleColumns(answer.reload)} rows={people} keyOf={({ name }) => name} />
            )}
          </Section>
          {sessions.length > 0 && (
            <Section title={many(sessions.length, 'open session')}>
              <Table
                label="Open sessions"
                name="sort-session"
                columns={sessionColumns(answer.reload)}
                rows={sessions}
                keyOf={({ session_id }) => String(session_id)}
              />
            </Section>
          )}
          <NodeLinks />
          <Section
            title="What was changed"
            aside={<span class="unit">the newest {many(actions.length, 'change')}</span>}
          >
            {actions.length === 0 ? (
              <p class="body unit">Nothing yet.</p>
            ) : (
              <Table label="Changes" name="sort-action" columns={ACTIONS} rows={actions} keyOf={keyOfAction} />
            )}
          </Section>
        </>
      )}
    </Page>
  )
}

const peopleColumns = (reload: () => void): readonly Column<PersonRow>[] => [
  {
    name: 'name',
    title: 'Name',
    by: row => row.name,
    cell: row => (
      <>
        <Text max={120}>{row.name}</Text>
        <div class="unit">{row.issuer === undefined ? 'with a password' : <Text max={120}>{row.issuer}</Text>}</div>
      </>
    ),
  },
  {
    name: 'role',
    title: 'May',
    by: row => row.role,
    cell: row => (
      <>
        {row.disabled_at === undefined ? <Badge tone="info">{row.role}</Badge> : <Badge>shut out</Badge>}{' '}
        <span class="unit">
          <Text max={200}>{row.services === undefined ? 'all services' : row.services.join(', ')}</Text>
        </span>
      </>
    ),
  },
  {
    name: 'came',
    title: 'Last came',
    by: row => row.came_at ?? '',
    cell: row => (row.came_at === undefined ? <span class="unit">never</span> : <Ago at={row.came_at} />),
  },
  {
    name: 'word',
    title: '',
    cell: ({ name, disabled_at }) =>
      disabled_at === undefined ? (
        <Acting
          label="Shut out"
          sure="Sign them out, and let them in no more?"
          action="person"
          body={{ name, word: 'shut-out' }}
          onDone={reload}
        />
      ) : (
        <Acting label="Let in again" action="person" body={{ name, word: 'let-in' }} onDone={reload} />
      ),
  },
]

const sessionColumns = (reload: () => void): readonly Column<SessionRow>[] => [
  { name: 'who', title: 'Whose', by: row => row.name, cell: row => <Text max={120}>{row.name}</Text> },
  { name: 'since', title: 'Since', by: row => row.created_at, cell: row => <Time at={row.created_at} /> },
  {
    name: 'until',
    title: 'Until',
    isMinor: true,
    by: row => row.expires_at,
    cell: row => <Time at={row.expires_at} />,
  },
  {
    name: 'word',
    title: '',
    cell: ({ name, session_id: session }) => (
      <Acting label="Sign out" action="person" body={{ name, word: 'sign-out', session }} onDone={reload} />
    ),
  },
]

const ACTIONS: readonly Column<ActionRow>[] = [
  { name: 'at', title: 'When', by: row => row.at, cell: row => <Time at={row.at} /> },
  { name: 'who', title: 'Who', by: row => row.person, cell: row => <Text max={80}>{row.person}</Text> },
  { name: 'what', title: 'What', by: row => row.action, cell: row => <Text max={60}>{row.action}</Text> },
  {
    name: 'about',
    title: 'About',
    by: row => row.about,
    cell: row => <Text max={80}>{row.about}</Text>,
  },
  {
    name: 'detail',
    title: 'In detail',
    isMinor: true,
    cell: row => (
      <span class="mono">
        <Text max={200}>{row.detail === '{}' ? '' : row.detail}</Text>
      </span>
    ),
  },
]

const keyOfAction = ({ at, person, action, about, detail }: ActionRow) =>
  JSON.stringify([at, person, action, about, detail])
