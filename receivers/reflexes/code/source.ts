import type { FileChange } from '../../../analysis/code/diff.ts'

export interface Commit {
  readonly id: string
  readonly at: Date
  readonly author: string
  readonly title: string
}

export interface Diff {
  readonly files: readonly FileChange[]
  /** Why its files are told without their hunks, or not even they, as it follows "the diff"; undefined where all is told. */
  readonly cut: string | undefined
}

/** A repository that can be asked: a clone on this machine, or a service that holds it. */
export interface CodeSource {
  /** As people know it. */
  readonly where: string
  /** The commit that a branch, a tag or the beginning of a commit's id stands for. @throws CodeError */
  resolve(ref: string): Promise<string>
  /** Commits up to `head`, the newest first, those that `since` does not have. @throws CodeError */
  commits(head: string, since: string | undefined, most: number): Promise<readonly Commit[]>
  /** What a commit changed. @throws CodeError */
  diff(commit: Commit): Promise<Diff>
}

/** What a repository could not be asked, in a sentence for people. */
export class CodeError extends Error {
  override readonly name: string = 'CodeError'
}

/** More than is read, or not in time; the message follows "the diff". */
export class CodeTooLarge extends CodeError {
  override readonly name = 'CodeTooLarge'
}

/** Nothing is to be asked of it before then: its limit is used up. */
export class CodePause extends CodeError {
  override readonly name = 'CodePause'
  readonly until: Date
  constructor(message: string, until: Date) {
    super(message)
    this.until = until
  }
}

export const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
/** Names of branches, tags and commits, and nothing that could be taken for an option, a range or a way out. */
export const REF = /^(?!-)(?!.*\.\.)[\w./@+-]{1,200}$/

/** @throws CodeError */
export function mustBeCommit(...ids: readonly (string | undefined)[]): void {
  if (ids.some(id => id !== undefined && !COMMIT.test(id))) throw new CodeError('no commit')
}
