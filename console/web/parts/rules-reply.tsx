import type { ChatAnswer } from '../../api/chat.ts'
import { useAnswer } from '../state/answers.ts'
import type { Subject } from '../state/conversation.ts'
import { Answered } from './answered.tsx'
import { Section, Text } from './basics.tsx'
import { Check } from './check.tsx'
import { Feedback } from './feedback.tsx'
import { ToolRows, titleOf } from './tool-rows.tsx'
import { Words } from './words.tsx'

/** A question answered by rules: which tool they chose is shown. */
export function RulesReply({ question, subject }: { readonly question: string; readonly subject: Subject }) {
  const answer = useAnswer<ChatAnswer>('chat', { ...subject, question })
  return (
    <>
      <Answered answer={answer} lines={6}>
        {({ call, summary, sections, left_out }) => (
          <>
            <Section
              title={<Text max={500}>{question}</Text>}
              aside={<Feedback about={`chat/${call.tool}`} claim={question} />}
            >
              <div class="body">
                <p class="verdict">
                  <Words text={summary} />
                </p>
                <p class="unit">
                  Answered by <code>{call.tool}</code>{' '}
                  <code>
                    <Text max={300}>{JSON.stringify(call.args)}</Text>
                  </code>
                  : {call.because}.
                </p>
              </div>
            </Section>
            {sections
              .filter(({ rows }) => rows.length > 0)
              .map(({ name, rows }) => (
                <Section key={name} title={titleOf(name)}>
                  <ToolRows name={name} rows={rows} />
                </Section>
              ))}
            {left_out.map(words => (
              <p key={words} class="unit">
                Left out: <Text max={300}>{words}</Text>
              </p>
            ))}
          </>
        )}
      </Answered>
      {answer.sql.length > 0 && (
        <Check sql={answer.sql} tookMs={answer.tookMs} question={answer.question} what="this answer" />
      )}
    </>
  )
}
