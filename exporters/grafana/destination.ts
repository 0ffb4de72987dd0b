import { type Delivery, DeliveryError, type Destination, type Thread } from '../../pipeline/destination.ts'
import type { FindingChange, Notification } from '../../pipeline/model/index.ts'
import { annotationOf, threadTag } from './annotation.ts'
import { callGrafana } from './api.ts'
import type { GrafanaSettings } from './config.ts'

/** An annotation that was made twice would be shown twice; a change that is made twice is one. */
export function grafanaDestination(settings: GrafanaSettings): Destination {
  const changes: FindingChange[] = ['new', 'escalated', 'acknowledged', 'update']
  return {
    wants: new Set(settings.send_resolved ? [...changes, 'resolved'] : changes),
    recognisesRepeats: false,
    deliver: (notification, thread, signal) => annotate(settings, notification, thread, signal),
    find: (notification, thread, signal) => findAnnotation(settings, notification, thread, signal),
  }
}

async function annotate(
  settings: GrafanaSettings,
  notification: Notification,
  thread: Thread | undefined,
  signal: AbortSignal,
): Promise<Delivery> {
  const annotation = annotationOf(notification, settings)
  if (thread?.id !== undefined) {
    const { time: _, ...changed } = annotation
    try {
      const { pauseMs } = await callGrafana(
        settings,
        'PATCH',
        `/api/annotations/${encodeURIComponent(thread.id)}`,
        changed,
        signal,
      )
      return { answer: `annotation ${thread.id}, changed`, pauseMs }
    } catch (error) {
      // Somebody deleted it.
      if (!(error instanceof DeliveryError && error.message.includes(' answers 404'))) throw error
    }
  }
  const { json, pauseMs } = await callGrafana(settings, 'POST', '/api/annotations', annotation, signal)
  const id = idOf(json)
  return { answer: `annotation ${id}`, thread: id === undefined ? undefined : { id }, pauseMs }
}

async function findAnnotation(
  settings: GrafanaSettings,
  notification: Notification,
  thread: Thread | undefined,
  signal: AbortSignal,
): Promise<Delivery | 'absent'> {
  if (thread !== undefined) return 'absent'
  const query = new URLSearchParams([
    ['tags', 'sensorium'],
    ['tags', threadTag(notification)],
    ['limit', '1'],
  ])
  const { json } = await callGrafana(settings, 'GET', `/api/annotations?${query}`, undefined, signal)
  const id = Array.isArray(json) ? idOf(json[0]) : undefined
  return id === undefined ? 'absent' : { answer: `annotation ${id}, found again`, thread: { id } }
}

function idOf(json: unknown): string | undefined {
  const id: unknown = Reflect.get(Object(json), 'id')
  return typeof id === 'number' || typeof id === 'string' ? String(id) : undefined
}
