/** How well predicted groups match true ones. All shares are from 0 to 1. */
export interface Accuracy {
  /**
   * Grouping accuracy: the share of messages whose predicted group holds exactly the messages of their true one (Zhu et
   * al., "Tools and Benchmarks for Automated Log Parsing", ICSE-SEIP 2019).
   */
  readonly ga: number
  /** F1 over groups: a group is right or wrong, however many messages it has (Jiang et al., LogHub-2.0, ISSTA 2024). */
  readonly fga: number
  readonly predictedGroups: number
  readonly trueGroups: number
}

/** Compares the group of each message with its label. Both lists are in the messages' order. */
export function groupingAccuracy(labels: readonly string[], predicted: readonly string[]): Accuracy {
  const membersOfLabel = Map.groupBy(labels.keys(), index => labels[index]!)
  const membersOfGroup = Map.groupBy(predicted.keys(), index => predicted[index]!)
  let rightMessages = 0
  let rightGroups = 0
  for (const members of membersOfGroup.values()) {
    const label = labels[members[0]!]!
    const isExact =
      membersOfLabel.get(label)!.length === members.length && members.every(index => labels[index] === label)
    if (!isExact) continue
    rightMessages += members.length
    rightGroups++
  }
  return {
    ga: rightMessages / labels.length,
    // The harmonic mean of precision and recall, with both written out.
    fga: (2 * rightGroups) / (membersOfGroup.size + membersOfLabel.size),
    predictedGroups: membersOfGroup.size,
    trueGroups: membersOfLabel.size,
  }
}
