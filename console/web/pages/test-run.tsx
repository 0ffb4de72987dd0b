import './slos.css'
import type { TestRunAnswer } from '../../api/tests.ts'
import { durationText, many } from '../format.ts'
import { Page } from '../parts/answered.tsx'
import { Badge, Section, Text, Time } from '../parts/basics.tsx'
import { type Column, countColumn, Table } from '../parts/table.tsx'
import { number, type Row, text } from '../row.ts'
import { useAnswer } from '../state/answers.ts'
import { href, route } from '../state/router.ts'

/** One run with its failures, beside the other runs of its commit. */
export function TestRun() {
  const id = route.value?.params.id ?? ''
  const answer = useAnswer<TestRunAnswer>('test-run', { id })
  return (
    <Page
      title={
        answer.data === undefined ? (
          'Test run'
        ) : (
          <Text
            max={120}
          >{`${text(answer.data.run, 'repository')} ${text(answer.data.run, 'commit_sha').slice(0, 12)}`}</Text>
        )
      }
      answer={answer}
    >
      {({ run, failures, others }) => (
        <>
          <p class="panel-facts">
            <Time at={text(run, 'timestamp')} />
            <span>
              {run.source === 'ci' ? 'CI' : 'local'}, attempt {text(run, 'attempt')}
            </span>
            <span>
              {number(run, 'passed_tests')} of {many(number(run, 'total_tests'), 'test')} passed
            </span>
            {number(run, 'failed_tests') > 0 ? (
              <Badge tone="bad">{number(run, 'failed_tests')} failed</Badge>
            ) : (
              <Badge tone="good">none failed</Badge>
            )}
            <span>{durationText(number(run, 'duration_ms'))}</span>
            <span class="unit">
              Node <Text max={30}>{run.node_version ?? 'unknown'}</Text>
            </span>
          </p>
          <Section title="Failures">
            {failures.length === 0 ? (
              <p class="body unit">None.</p>
            ) : (
              <ul class="list">
                {failures.map((row, i) => (
                  <li key={i}>
                    <div>
                      {row.outcome === 'passed_on_retry' ? (
                        <Badge tone="warn">passed on retry</Badge>
                      ) : (
                        <Badge tone="bad">failed</Badge>
                      )}{' '}
                      {row.fingerprint === undefined ? (
                        <Text max={200}>{row.test_name}</Text>
                      ) : (
                        <a href={href('problem', { id: text(row, 'fingerprint') })}>
                          <Text max={200}>{row.test_name}</Text>
                        </a>
                      )}{' '}
                      <span class="unit">
                        <Text max={160}>{row.test_file}</Text>
                      </span>
                      <p class="mono">
                        <Text max={600}>{row.message}</Text>
                      </p>
                      {row.stack !== undefined && (
                        <details>
                          <summary class="unit">Stack</summary>
                          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard */}
                          <pre tabIndex={0}>
                            <Text max={20_000}>{row.stack}</Text>
                          </pre>
                        </details>
                      )}
                    </div>
                  </li>
                ))}
              </ul>
            )}
          </Section>
          <Section title="Other runs of this commit">
            {others.length === 0 ? (
              <p class="body unit">None.</p>
            ) : (
              <Table
                label="Other runs of this commit"
                columns={OTHERS(run)}
                rows={others}
                keyOf={row => text(row, 'run_id')}
              />
            )}
          </Section>
        </>
      )}
    </Page>
  )
}

const OTHERS = (run: Row): readonly Column<Row>[] => [
  {
    name: 'at',
    title: 'When',
    cell: row => (
      <a href={href('testRun', { id: text(row, 'run_id') })}>
        <Time at={text(row, 'timestamp')} />
      </a>
    ),
  },
  { name: 'where', title: 'Where', cell: row => (row.source === 'ci' ? 'CI' : 'local') },
  countColumn('failed', 'Failed', 'tests', row => number(row, 'failed_tests')),
  { name: 'took', title: 'Took', isNumber: true, cell: row => durationText(number(row, 'duration_ms')) },
  {
    name: 'differs',
    title: 'Differs in',
    cell: row => {
      const keys = ['node_version', 'package_manager', 'lockfile_hash'].filter(key => row[key] !== run[key])
      return keys.length === 0 ? (
        <span class="unit">nothing of its environment</span>
      ) : (
        <Text max={200}>
          {keys.map(key => `${key.replaceAll('_', ' ')} ${text(row, key) || 'unknown'}`).join(', ')}
        </Text>
      )
    },
  },
]
