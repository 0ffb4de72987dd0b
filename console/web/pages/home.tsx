import type { HomeAnswer } from '../../api/home.ts'
import { Page } from '../parts/answered.tsx'
import { Section } from '../parts/basics.tsx'
import { useAnswer } from '../state/answers.ts'
import { rangeParams } from '../state/range.ts'

export function Home() {
  const answer = useAnswer<HomeAnswer>('home', rangeParams(), ['incidents', 'problems', 'records'])
  return (
    <Page title="Now" answer={answer}>
      {({ incidents }) => <Section title={`${incidents.length} open incidents`}>{null}</Section>}
    </Page>
  )
}
