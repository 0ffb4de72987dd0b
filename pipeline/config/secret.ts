import { z } from 'zod'

const secrets = z.registry<{ readonly isSecret: true }>()

/** Marks a setting whose value nobody may see: `config print` masks it, whatever its key is called. */
export function secret<S extends z.ZodType>(schema: S): S {
  secrets.add(schema, { isSecret: true })
  return schema
}

/** Of a schema itself or of one that it was made from, by `describe` or a limit. */
export function isSecret(schema: z.ZodType): boolean {
  return secrets.get(schema) !== undefined
}
