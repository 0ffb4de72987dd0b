import { define } from '../../pipeline/component.ts'
import { type Batch, type Item, type Resource, SIGNALS } from '../../pipeline/model/index.ts'
import { type Change, compileActions } from './actions.ts'
import { attributesConfig } from './config.ts'

export const attributes = define({
  kind: 'processor',
  type: 'attributes',
  summary: 'Inserts, updates, renames, copies, deletes and hashes attributes of records or of their resource.',
  signals: SIGNALS,
  config: attributesConfig,
  examples: [
    {
      target: 'resource',
      actions: [
        { action: 'insert', key: 'deployment.environment.name', value: 'production' },
        { action: 'upsert', key: 'k8s.cluster.name', value: 'eu-1' },
      ],
    },
    {
      signals: ['traces'],
      actions: [
        { action: 'rename', key: 'http.response.status_code', from_attribute: 'http.status_code' },
        { action: 'insert', key: 'peer.service', from_attribute: 'net.peer.name' },
        { action: 'delete', pattern: '^debug\\.' },
      ],
    },
    { actions: [{ action: 'hash', key: 'enduser.id' }], hash_secret: 'an example, not a secret' },
  ],
  create(config, next) {
    const change = compileActions(config.actions, config.hash_secret)
    const signals = new Set(config.signals)
    return {
      async consume(batch, signal) {
        return next(signals.has(batch.signal) ? changeBatch(batch, config.target, change) : batch, signal)
      },
    }
  },
})

function changeBatch(batch: Batch, target: 'record' | 'resource', change: Change): Batch {
  const changeItem = target === 'record' ? onRecord(change) : onResource(change)
  const items = (batch.items as readonly Item[]).map(changeItem)
  // Each item is a copy of the batch's own, hence of its type.
  return { ...batch, items } as Batch
}

function onRecord(change: Change): (item: Item) => Item {
  return item => {
    const attributes = change(item.attributes)
    return attributes === item.attributes ? item : { ...item, attributes }
  }
}

/** Records that shared their resource still do: exporters write a resource once. */
function onResource(change: Change): (item: Item) => Item {
  const changed = new Map<Resource, Resource>()
  return item => {
    let resource = changed.get(item.resource)
    if (resource === undefined) {
      const attributes = change(item.resource.attributes)
      resource = attributes === item.resource.attributes ? item.resource : { ...item.resource, attributes }
      changed.set(item.resource, resource)
    }
    return resource === item.resource ? item : { ...item, resource }
  }
}
