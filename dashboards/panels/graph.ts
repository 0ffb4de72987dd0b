import nodegraph from '@grafana/grafana-foundation-sdk/nodegraph'
import type { Query } from '../query/postgres.ts'
import { describe, type Panel, type PanelSpec } from './panel.ts'

interface GraphSpec extends Omit<PanelSpec, 'queries' | 'unit'> {
  /** Columns id, title, subtitle, mainstat, secondarystat, color, detail__…; all in lower case. */
  readonly nodes: Query
  /** Columns id, source, target, mainstat, secondarystat, …; the frame's name comes from the query's. */
  readonly edges: Query
  readonly units: { readonly main: string; readonly secondary: string }
}

export function graph({ nodes, edges, units, ...spec }: GraphSpec): Panel {
  const queries = [
    { ...nodes, refId: 'nodes' },
    { ...edges, refId: 'edges' },
  ]
  return describe(new nodegraph.PanelBuilder(), { ...spec, queries })
    .nodes(new nodegraph.NodeOptionsBuilder().mainStatUnit(units.main).secondaryStatUnit(units.secondary))
    .edges(new nodegraph.EdgeOptionsBuilder().mainStatUnit(units.main).secondaryStatUnit(units.secondary))
    .build()
}
