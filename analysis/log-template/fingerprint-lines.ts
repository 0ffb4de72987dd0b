import { createFingerprinter, fingerprintHex, type LogFingerprint } from './fingerprint.ts'
import { groupTemplate } from './group-template.ts'
import { createGrouper } from './grouping.ts'

/** What `sensorium fingerprint` says about one line. */
export interface FingerprintedLine {
  /** 16 hex digits, equal for the lines of one group. */
  readonly groupId: string
  /** The group's template; `<*>` stands where its members' own templates differ. */
  readonly template: string
}

/**
 * Groups log messages, one a line, all at once: each line's group is what all the lines together prove. The answer is in
 * the lines' order and, for each line, does not depend on it.
 */
export function fingerprintLines(lines: Iterable<string>): FingerprintedLine[] {
  const fingerprint = createFingerprinter()
  const grouper = createGrouper()
  const ids: bigint[] = []
  const known = new Map<bigint, LogFingerprint>()
  for (const line of lines) {
    const found = fingerprint(line)
    ids.push(found.id)
    if (known.has(found.id)) continue
    known.set(found.id, found)
    grouper.add(found.id, found.template)
  }
  const members = Map.groupBy(known.values(), ({ id, template }) => grouper.groupOf(id) ?? grouper.groupFor(template))
  const answers = new Map<bigint, FingerprintedLine>()
  for (const [groupId, group] of members) {
    const answer = { groupId: fingerprintHex(groupId), template: groupTemplate(group.map(({ template }) => template)) }
    for (const { id } of group) answers.set(id, answer)
  }
  return ids.map(id => answers.get(id)!)
}
