import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { FIX_TYPES, MATCH_KINDS, patternFault, SOURCES } from '../analysis/known-issues/match.ts'
import { SensoriumError } from '../pipeline/errors.ts'
import type { NewIssue } from '../store/known-issues/issues.ts'

const FILE_ISSUES_MAX = 1_000

/** An issue as a file has it, in the columns of the table. */
const fileIssue = z
  .strictObject({
    name: z.string().min(1).max(200),
    pattern: z.string(),
    match_kind: z.enum(MATCH_KINDS).default('regex'),
    sources: z.array(z.enum(SOURCES)).optional(),
    services: z.array(z.string()).optional(),
    description: z.string().optional(),
    fix_type: z.enum(FIX_TYPES).optional(),
    fix_version: z.string().optional(),
    fix_commit: z.string().optional(),
    fix_instructions: z.unknown().optional(),
    auto_resolve: z.boolean().default(false),
  })
  .transform(
    (one): NewIssue => ({
      ...{
        name: one.name,
        pattern: one.pattern,
        matchKind: one.match_kind,
        sources: one.sources,
        services: one.services,
      },
      ...{
        description: one.description,
        fixType: one.fix_type,
        fixVersion: one.fix_version,
        fixCommit: one.fix_commit,
      },
      ...{ fixInstructions: one.fix_instructions, autoResolve: one.auto_resolve },
    }),
  )

/** @throws SensoriumError USAGE with every fault of the file */
export async function readIssues(file: string): Promise<readonly NewIssue[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SensoriumError('USAGE', `${file} cannot be read`, { cause })
  })
  const read = z.array(fileIssue).max(FILE_ISSUES_MAX).safeParse(parse(text))
  if (!read.success) throw new SensoriumError('USAGE', `${file}: ${z.prettifyError(read.error)}`)
  const faults = read.data.flatMap(({ name, pattern, matchKind }) => {
    const fault = patternFault(pattern, matchKind)
    return fault === undefined ? [] : [`${name}: ${fault}`]
  })
  if (faults.length > 0) throw new SensoriumError('USAGE', `${file}: ${faults.join('; ')}`)
  return read.data
}
