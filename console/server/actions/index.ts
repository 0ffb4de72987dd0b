import type { Action } from './action.ts'
import { feedback } from './feedback.ts'
import { groups } from './groups.ts'
import { incidentWord } from './incident.ts'
import { knownIssue } from './known-issue.ts'
import { nodeLink, revokeLink } from './node-link.ts'
import { personWord } from './person.ts'
import { problemStatus } from './problem-status.ts'
import { reportFeedback } from './report-feedback.ts'
import { silence } from './silence.ts'

/** All that can be changed from the console. */
export const actions: readonly Action[] = [
  incidentWord,
  problemStatus,
  groups,
  silence,
  feedback,
  reportFeedback,
  knownIssue,
  nodeLink,
  revokeLink,
  personWord,
]
