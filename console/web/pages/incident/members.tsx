import type { IncidentAnswer, IncidentMember } from '../../../api/incident.ts'
import { many } from '../../format.ts'
import { Section, Severity, Text, Time } from '../../parts/basics.tsx'
import { href } from '../../state/router.ts'
import { foldedTimeline, groupsOf, type Series, type ServiceGroup } from './groups.ts'
import { rangeOf } from './range.ts'

type Range = ReturnType<typeof rangeOf>

/** What was found, by service; the same thing found again stands once. */
export function Members({ incident }: { readonly incident: IncidentAnswer }) {
  const range = rangeOf(incident)
  return (
    <Section
      title="What belongs to it"
      aside={<span class="unit">{many(incident.members.length, 'finding')}, the origin first</span>}
    >
      {groupsOf(incident.members).map((group, i) => (
        <Group key={group.service} group={group} range={range} isOpen={i === 0} />
      ))}
    </Section>
  )
}

interface GroupProps {
  readonly group: ServiceGroup
  readonly range: Range
  readonly isOpen: boolean
}

function Group({ group: { service, roles, severity, findings, series }, range, isOpen }: GroupProps) {
  return (
    <details class="members" open={isOpen}>
      <summary class="body">
        <strong>
          <Text max={100}>{service}</Text>
        </strong>{' '}
        <Severity level={severity} />{' '}
        <span class="unit">
          {roles.join(', ')} · {many(findings, 'finding')} of {many(series.length, 'kind')}
        </span>
      </summary>
      {series.map(one => (
        <OneSeries key={one.members[0]!.subject} series={one} range={range} />
      ))}
      <p class="body">
        <a href={href('service', { service }, range)}>The service at that time</a>
      </p>
    </details>
  )
}

function OneSeries({
  series: { members, severity, from, to },
  range,
}: {
  readonly series: Series
  readonly range: Range
}) {
  const [latest, ...earlier] = members
  return (
    <article class="member">
      <Severity level={severity} />
      <div>
        <Finding member={latest!} range={range} />
        {earlier.length > 0 && (
          <details>
            <summary class="unit">
              {many(members.length, 'time', 'times')}, <Time at={from} /> to{' '}
              {to === undefined ? 'now' : <Time at={to} />}
            </summary>
            {earlier.map(member => (
              <p key={member.finding_id}>
                <Finding member={member} range={range} />
              </p>
            ))}
          </details>
        )}
      </div>
    </article>
  )
}

function Finding({ member, range }: { readonly member: IncidentMember; readonly range: Range }) {
  const { finding_id: finding, kind, description, began_at, ended_at, fingerprint } = member
  const [, anomaly] = /^anomaly\/(.+)/.exec(finding) ?? []
  return (
    <>
      <Text max={400}>{description}</Text>{' '}
      <span class="unit">
        {anomaly === undefined ? kind : <a href={href('anomaly', { id: anomaly }, range)}>{kind}</a>}, from{' '}
        <Time at={began_at} />
        {ended_at !== undefined && (
          <>
            {' to '}
            <Time at={ended_at} />
          </>
        )}
        {fingerprint !== undefined && (
          <>
            {', '}
            <a href={href('problem', { id: fingerprint }, range)}>the problem</a>
          </>
        )}
      </span>
    </>
  )
}

/** What happened, in order; what was found in one minute is folded. */
export function WhatHappened({ incident }: { readonly incident: IncidentAnswer }) {
  const services = [...new Set([incident.service, ...incident.members.map(({ service }) => service)])]
  return (
    <Section title="Time line">
      <ol class="timeline">
        {foldedTimeline(incident.timeline, services).map(([first, ...others], i) => (
          <li key={`${i} ${first!.at}`}>
            <Time at={first!.at} />
            <div>
              <Text max={600}>{first!.text}</Text>
              {others.length > 0 && (
                <details>
                  <summary class="unit">{many(others.length, 'finding')} more in this minute</summary>
                  <ul>
                    {others.map(({ text }) => (
                      <li key={text}>
                        <Text max={600}>{text}</Text>
                      </li>
                    ))}
                  </ul>
                </details>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Section>
  )
}
