import type { EntityRef, Resource, Scope } from '../../../pipeline/model/index.ts'
import { PART_BYTES } from './budget.ts'
import { readKey, readText } from './delimited.ts'
import type { Reader } from './reader.ts'
import { fields, skipUnknown } from './skip.ts'
import { type AttributesDraft, finished, readAttribute } from './values.ts'

const RESOURCE = fields(1, 2, 3)
const ENTITY_REF = fields(1, 2, 3, 4)
const SCOPE = fields(1, 2, 3, 4)

/** A Resource or a Scope while it is being read: the message may come in pieces, and its schema URL comes from outside. */
export interface Draft<Head> {
  readonly read: (reader: Reader) => void
  readonly finish: (schemaUrl: string) => Head
}

export function draftResource(): Draft<Resource> {
  let attributes: AttributesDraft | undefined
  let droppedAttributesCount = 0
  const entityRefs: EntityRef[] = []
  return {
    read: reader => {
      const outer = reader.open()
      while (reader.pos < reader.end) {
        const tag = reader.tag()
        if (tag === 0x0a) attributes = readAttribute(reader, attributes)
        else if (tag === 0x10) droppedAttributesCount = reader.uint32()
        else if (tag === 0x1a) entityRefs.push(readEntityRef(reader))
        else skipUnknown(reader, tag, RESOURCE)
      }
      reader.end = outer
    },
    finish: schemaUrl => ({ attributes: finished(attributes), droppedAttributesCount, schemaUrl, entityRefs }),
  }
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
    if (tag === 0x0a) schemaUrl = readText(reader)
    else if (tag === 0x12) type = readText(reader)
    else if (tag === 0x1a) idKeys.push(readKey(reader))
    else if (tag === 0x22) descriptionKeys.push(readKey(reader))
    else skipUnknown(reader, tag, ENTITY_REF)
  }
  reader.end = outer
  return { schemaUrl, type, idKeys, descriptionKeys }
}

export function draftScope(): Draft<Scope> {
  let name = ''
  let version = ''
  let attributes: AttributesDraft | undefined
  let droppedAttributesCount = 0
  return {
    read: reader => {
      const outer = reader.open()
      while (reader.pos < reader.end) {
        const tag = reader.tag()
        if (tag === 0x0a) name = readText(reader)
        else if (tag === 0x12) version = readText(reader)
        else if (tag === 0x1a) attributes = readAttribute(reader, attributes)
        else if (tag === 0x20) droppedAttributesCount = reader.uint32()
        else skipUnknown(reader, tag, SCOPE)
      }
      reader.end = outer
    },
    finish: schemaUrl => ({ name, version, attributes: finished(attributes), droppedAttributesCount, schemaUrl }),
  }
}
