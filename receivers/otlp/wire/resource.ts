import { type EntityRef, NO_ATTRIBUTES, type Resource, type Scope } from '../../../pipeline/model/index.ts'
import { PART_BYTES } from './budget.ts'
import type { Reader } from './reader.ts'
import { fields, skipUnknown } from './skip.ts'
import { type AttributesDraft, finished, readAttribute } from './values.ts'

export const NO_RESOURCE: Resource = {
  attributes: NO_ATTRIBUTES,
  droppedAttributesCount: 0,
  schemaUrl: '',
  entityRefs: [],
}
export const NO_SCOPE: Scope = {
  name: '',
  version: '',
  attributes: NO_ATTRIBUTES,
  droppedAttributesCount: 0,
  schemaUrl: '',
}

const RESOURCE = fields(1, 2, 3)
const ENTITY_REF = fields(1, 2, 3, 4)
const SCOPE = fields(1, 2, 3, 4)

/** The Resource that follows, on top of the one that `before` held if it was sent in pieces. */
export function readResource(reader: Reader, before: Resource): Resource {
  const outer = reader.open()
  let attributes: AttributesDraft | undefined = before.attributes.size > 0 ? new Map(before.attributes) : undefined
  let droppedAttributesCount = before.droppedAttributesCount
  const entityRefs = [...before.entityRefs]
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) attributes = readAttribute(reader, attributes)
    else if (tag === 0x10) droppedAttributesCount = reader.uint32()
    else if (tag === 0x1a) entityRefs.push(readEntityRef(reader))
    else skipUnknown(reader, tag, RESOURCE)
  }
  reader.end = outer
  return { attributes: finished(attributes), droppedAttributesCount, schemaUrl: before.schemaUrl, entityRefs }
}

function readEntityRef(reader: Reader): EntityRef {
  reader.budget.charge(3 * PART_BYTES)
  const outer = reader.open()
  let schemaUrl = ''
  let type = ''
  const idKeys: string[] = []
  const descriptionKeys: string[] = []
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) schemaUrl = reader.string()
    else if (tag === 0x12) type = reader.string()
    else if (tag === 0x1a) idKeys.push(reader.key())
    else if (tag === 0x22) descriptionKeys.push(reader.key())
    else skipUnknown(reader, tag, ENTITY_REF)
  }
  reader.end = outer
  return { schemaUrl, type, idKeys, descriptionKeys }
}

/** The InstrumentationScope that follows, on top of the one that `before` held. */
export function readScope(reader: Reader, before: Scope): Scope {
  const outer = reader.open()
  let { name, version, droppedAttributesCount } = before
  let attributes: AttributesDraft | undefined = before.attributes.size > 0 ? new Map(before.attributes) : undefined
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) name = reader.string()
    else if (tag === 0x12) version = reader.string()
    else if (tag === 0x1a) attributes = readAttribute(reader, attributes)
    else if (tag === 0x20) droppedAttributesCount = reader.uint32()
    else skipUnknown(reader, tag, SCOPE)
  }
  reader.end = outer
  return { name, version, attributes: finished(attributes), droppedAttributesCount, schemaUrl: before.schemaUrl }
}
