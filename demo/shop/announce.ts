import { ROOT_CONTEXT, SeverityNumber } from '@opentelemetry/api'
import type { Nanos, Timeline } from '../clock.ts'
import { uuid } from '../ids.ts'
import type { Deploy } from '../incident/deploys.ts'
import type { Random } from '../random.ts'
import { SERVICE_PROFILES } from './release.ts'
import type { ServiceInstance } from './work.ts'

const WORDS = { rollout: 'deployed', rollback: 'rolled back to' }

const INFO = { severityNumber: SeverityNumber.INFO, severityText: 'INFO', context: ROOT_CONTEXT }

/** The line that every process writes when it is up. */
export function announceStart({ service, release, telemetry }: ServiceInstance, timeline: Timeline, at: Nanos): void {
  const timestamp = timeline.hrTime(at)
  const { port } = SERVICE_PROFILES[service]
  const body = `${service} ${release.version} listens on port ${port}`
  telemetry.logger.emit({ ...INFO, timestamp, observedTimestamp: timestamp, body, attributes: { 'server.port': port } })
}

/**
 * The deploy as an event, under the resource of the release that came: `service.name` and `service.version` are what
 * was deployed. Attributes by the `deployment`, `cicd` and `vcs` conventions; `shop.deployment.*` has no convention.
 */
export function announceDeploy(instance: ServiceInstance, deploy: Deploy, timeline: Timeline, random: Random): void {
  const { release, previous, kind } = deploy
  const { service, version, commit } = release
  const timestamp = timeline.hrTime(deploy.at)
  instance.telemetry.logger.emit({
    ...INFO,
    eventName: 'deployment',
    timestamp,
    observedTimestamp: timestamp,
    body: `${WORDS[kind]} ${service} ${version} (${commit.slice(0, 8)}), was ${previous.version}: ${release.title} (#${release.pullRequest})`,
    attributes: {
      'deployment.id': uuid(random),
      'deployment.name': `${kind} ${service}`,
      'deployment.status': 'succeeded',
      'deployment.environment.name': 'production',
      'service.version': version,
      'shop.deployment.kind': kind,
      'shop.deployment.previous_version': previous.version,
      'shop.deployment.previous_revision': previous.commit,
      'cicd.pipeline.name': `deploy-${service}`,
      'cicd.pipeline.run.id': String(random.int(100_000, 999_999)),
      'vcs.change.id': String(release.pullRequest),
      'vcs.change.title': release.title,
      'vcs.ref.head.name': 'main',
      'vcs.ref.head.revision': commit,
      'vcs.repository.name': service,
      'vcs.repository.url.full': `https://git.shop.example/shop/${service}`,
    },
  })
  announceStart(instance, timeline, deploy.at)
}
