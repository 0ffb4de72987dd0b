import { z } from 'zod'
import { isDatable } from '../datable.ts'

/** The time that an event says it has, where the sender can be told to mend it. */
export const edgeTime = z.iso
  .datetime({ offset: true, abort: true, error: 'send a time with its zone, such as 2026-11-21T10:00:00Z' })
  .refine(
    text => isDatable(Date.parse(text), Date.now()),
    'send a time from 1990 until 24 hours after this server’s clock',
  )
