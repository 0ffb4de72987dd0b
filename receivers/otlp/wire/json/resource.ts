import type { EntityRef, Resource, Scope } from '../../../../pipeline/model/index.ts'
import { type Budget, PART_BYTES } from '../budget.ts'
import { field, list, object } from './objects.ts'
import { text, uint32 } from './scalars.ts'
import { readAttributes } from './values.ts'

/** @throws RecordFault */
export function readResource(value: unknown, schemaUrl: string, budget: Budget): Resource {
  const message = object(value)
  return {
    attributes: readAttributes(field(message, 'attributes'), budget),
    droppedAttributesCount: uint32(field(message, 'droppedAttributesCount', 'dropped_attributes_count')),
    schemaUrl,
    entityRefs: list(field(message, 'entityRefs', 'entity_refs')).map(entry => readEntityRef(entry, budget)),
  }
}

function readEntityRef(value: unknown, budget: Budget): EntityRef {
  budget.charge(3 * PART_BYTES)
  const message = object(value)
  return {
    schemaUrl: text(field(message, 'schemaUrl', 'schema_url')),
    type: text(field(message, 'type')),
    idKeys: list(field(message, 'idKeys', 'id_keys')).map(text),
    descriptionKeys: list(field(message, 'descriptionKeys', 'description_keys')).map(text),
  }
}

/** @throws RecordFault */
export function readScope(value: unknown, schemaUrl: string, budget: Budget): Scope {
  const message = object(value)
  return {
    name: text(field(message, 'name')),
    version: text(field(message, 'version')),
    attributes: readAttributes(field(message, 'attributes'), budget),
    droppedAttributesCount: uint32(field(message, 'droppedAttributesCount', 'dropped_attributes_count')),
    schemaUrl,
  }
}
