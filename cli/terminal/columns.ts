/** Room that a terminal gives. A pipe has as much as anybody needs. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY === true ? stream.columns || 80 : Number.POSITIVE_INFINITY
}
