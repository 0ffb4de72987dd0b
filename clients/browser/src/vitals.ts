import { type MetricType, onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals'
import { quietly, type Recording } from './recording.ts'

/**
 * Web vitals as `browser.web_vital` events, measured by the library that defines them. TTFB and FCP are told when they
 * are known; LCP when somebody begins to use the page or leaves it; CLS and INP when the page is hidden, and again if
 * they have changed by the next time: the last of an id counts. A page that comes back from the cache of pages that
 * were left is measured anew, under new ids.
 */
export function watchVitals(recording: Recording): void {
  const tell = (metric: MetricType): void => {
    quietly(() => recording.log({ ...vitalLog(metric), context: recording.view }))
  }
  for (const watch of [onTTFB, onFCP, onLCP, onCLS, onINP]) quietly(() => watch(tell))
}

function vitalLog({ name, value: exact, rating, id, navigationType }: MetricType) {
  const value = name === 'CLS' ? Math.round(exact * 10_000) / 10_000 : Math.round(exact * 10) / 10
  return {
    eventName: 'browser.web_vital',
    severity: 'INFO' as const,
    body: `${name} ${value}${name === 'CLS' ? '' : ' ms'} is ${rating}`,
    attributes: {
      'browser.web_vital.name': name.toLowerCase(),
      'browser.web_vital.value': value,
      'browser.web_vital.rating': rating,
      'browser.web_vital.id': id,
      'browser.web_vital.navigation_type': navigationType,
    },
  }
}
