import common from '@grafana/grafana-foundation-sdk/common'
import stat from '@grafana/grafana-foundation-sdk/stat'
import { describeFields, type Panel, type PanelSpec } from './panel.ts'

interface FigureSpec extends PanelSpec {
  /** The column holds words: all are shown as they are. */
  readonly words?: true
}

/** One number, or a few words, that are read from across the room. */
export function figure({ words, ...spec }: FigureSpec): Panel {
  const reduce = new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)
  if (words) reduce.fields('/.*/')
  return describeFields(new stat.PanelBuilder(), { height: 4, ...spec })
    .colorMode(spec.steps ? common.BigValueColorMode.Background : common.BigValueColorMode.None)
    .graphMode(common.BigValueGraphMode.None)
    .textMode(words ? common.BigValueTextMode.Value : common.BigValueTextMode.Auto)
    .reduceOptions(reduce)
    .build()
}
