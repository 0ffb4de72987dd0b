// The invariants of docs/ARCHITECTURE.md that imports can show. `npm run check` runs this.
const rooms =
  'pipeline|receivers|processors|exporters|analysis|store|embeddings|mcp|console|clients|demo|dashboards|cli'

/** `room` may import itself, packages, and of our rooms only `allowed`. Tests may import anything. */
const only = (room, allowed) => ({
  name: `${room}-imports`,
  comment: `${room}/ imports ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')} (docs/ARCHITECTURE.md)`,
  severity: 'error',
  from: { path: `^${room}/`, pathNot: '\\.test\\.ts$|/testing/' },
  to: { path: `^(${rooms})/`, pathNot: `^(${[room, ...allowed].join('|')})/` },
})

module.exports = {
  forbidden: [
    only('pipeline', []),
    only('receivers', ['pipeline', 'analysis', 'store']),
    only('processors', ['pipeline', 'analysis', 'store', 'embeddings']),
    only('exporters', ['pipeline', 'store']),
    only('analysis', []),
    only('store', ['pipeline', 'analysis']),
    only('embeddings', ['analysis', 'pipeline/listener', 'pipeline/config']),
    only('mcp', ['store', 'pipeline', 'embeddings', 'analysis']),
    only('console', ['store', 'pipeline', 'analysis', 'mcp', 'embeddings']),
    only('demo', []),
    only('clients', []),
    only('dashboards', []),
    {
      name: 'sdk-of-dashboards-stays-in-its-room',
      comment: 'users need no build step: what they run reads dashboards/generated, not the SDK that made it',
      severity: 'error',
      from: { path: `^(${rooms.replace('|dashboards', '')})/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^dashboards/.*\\.ts$|node_modules/@grafana/' },
    },
    {
      name: 'clients-stand-alone',
      comment: 'a client imports its own folder and clients/delivery: each is published alone',
      severity: 'error',
      from: { path: '^clients/([^/]+)/src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^clients/', pathNot: '^clients/($1|delivery)/' },
    },
    {
      name: 'store-sees-errors-and-model',
      comment: 'store/ knows the pipeline’s errors, record model and contract types, not its host',
      severity: 'error',
      from: { path: '^store/', pathNot: '\\.test\\.ts$' },
      to: { path: '^pipeline/', pathNot: '^pipeline/(errors|component|destination)\\.ts$|^pipeline/model/' },
    },
    {
      name: 'siblings-do-not-import-each-other',
      comment:
        'a processor, receiver or exporter stands alone; what two need belongs in analysis/, store/ or pipeline/',
      severity: 'error',
      from: { path: '^(receivers|processors|exporters)/([^/.]+)', pathNot: '\\.test\\.ts$' },
      to: { path: '^(receivers|processors|exporters)/', pathNot: '^$1/$2(/|\\.)' },
    },
    {
      name: 'analysis-is-pure',
      comment: 'no I/O: data in, data out (hashes and byte buffers are pure)',
      severity: 'error',
      from: { path: '^analysis/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer|util)$' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'tests-are-leaves',
      comment: 'the product does not import test tools',
      severity: 'error',
      from: { path: `^(${rooms})/`, pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '^tests/|\\.test\\.ts$|/testing/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(data|collector/build)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
