import type { Logger } from 'pino'
import type { Destination } from '../../pipeline/destination.ts'
import { factsOf, headlineOf } from '../../pipeline/message/facts.ts'
import type { FindingChange } from '../../pipeline/model/index.ts'

export interface LogSettings {
  readonly link_base_url: string
  readonly send_resolved: boolean
}

/**
 * A line in our own log for each message, with what a person needs to go on. That it was written and the mark of it was not
 * is seen by its id: twice in a log harms nobody.
 */
export function logDestination(settings: LogSettings, logger: Logger): Destination {
  const changes: FindingChange[] = ['new', 'escalated']
  return {
    wants: new Set(settings.send_resolved ? [...changes, 'resolved'] : changes),
    recognisesRepeats: true,
    async deliver(notification) {
      const { id, change, at, findings, more } = notification
      const told = findings.map(({ finding, change }) => factsOf(finding, change, at, settings.link_base_url))
      logger.warn({ told: { id, change, findings: told, more_findings: more } }, headlineOf(notification))
      return { answer: 'written' }
    },
  }
}
