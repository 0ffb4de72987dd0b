import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'
import { edgeTime as time } from '../../pipeline/edge/time.ts'
import type { BuildEvent } from './report.ts'

/**
 * Makes of `x-hub-signature-256` what proves that a body is GitHub's: it tells the secret that signed it. The header is
 * `sha256=` and the HMAC-SHA256 of the body in hex (GitHub's documentation, "Validating webhook deliveries").
 * @throws EdgeRefusal 401, from here where the header alone shows that nothing will fit
 */
export function githubProof(signature: string | undefined, secrets: readonly string[]): (body: Buffer) => string {
  if (secrets.length === 0) {
    const message =
      'this server has no secret for GitHub yet: set GITHUB_WEBHOOK_SECRET, or github_secrets in its configuration'
    throw new EdgeRefusal(401, message)
  }
  if (signature === undefined) {
    throw new EdgeRefusal(401, 'the header x-hub-signature-256 is missing: give the webhook a secret')
  }
  const misfit = new EdgeRefusal(
    401,
    'x-hub-signature-256 does not fit: the webhook and this server must have the same secret',
  )
  if (!/^sha256=[0-9a-f]{64}$/i.test(signature.trim())) throw misfit
  const given = Buffer.from(signature.trim().toLowerCase())
  return body => {
    let known: string | undefined
    for (const secret of secrets) {
      const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
      if (timingSafeEqual(expected, given)) known = secret
    }
    if (known === undefined) throw misfit
    return known
  }
}

/** Commits of a push that are kept; GitHub sends up to 2,048. */
const MAX_COMMITS = 50
const MAX_MESSAGE_CHARS = 500

const repository = z.object({ full_name: z.string() })

const workflowRun = z.object({
  action: z.string(),
  repository,
  workflow_run: z.object({
    id: z.number(),
    name: z.string().nullish(),
    run_number: z.number().optional(),
    run_attempt: z.number().default(1),
    event: z.string().optional(),
    status: z.string().nullish(),
    conclusion: z.string().nullish(),
    head_branch: z.string().nullish(),
    head_sha: z.string(),
    html_url: z.string().optional(),
    created_at: time.optional(),
    run_started_at: time.optional(),
    updated_at: time.optional(),
    actor: z.object({ login: z.string() }).nullish(),
  }),
})

const deploymentStatus = z.object({
  repository,
  deployment: z.object({
    id: z.number(),
    sha: z.string(),
    ref: z.string(),
    environment: z.string().optional(),
    created_at: time.optional(),
  }),
  deployment_status: z.object({
    id: z.number(),
    state: z.string(),
    environment: z.string().optional(),
    description: z.string().nullish(),
    target_url: z.string().nullish(),
    created_at: time.optional(),
    creator: z.object({ login: z.string() }).nullish(),
  }),
})

const push = z.object({
  ref: z.string(),
  after: z.string(),
  before: z.string().optional(),
  deleted: z.boolean().default(false),
  repository,
  pusher: z.object({ name: z.string().optional() }).optional(),
  compare: z.string().optional(),
  head_commit: z.object({ timestamp: time.optional() }).nullish(),
  commits: z
    .array(
      z.object({
        id: z.string(),
        message: z.string().default(''),
        added: z.array(z.string()).default([]),
        removed: z.array(z.string()).default([]),
        modified: z.array(z.string()).default([]),
      }),
    )
    .default([]),
})

/** The webhooks that we take: the schema of each, and what build event it is. */
export const GITHUB_EVENTS = {
  workflow_run: { schema: workflowRun, eventOf: workflowRunEvent },
  deployment_status: { schema: deploymentStatus, eventOf: deploymentStatusEvent },
  push: { schema: push, eventOf: pushEvent },
} as const

const CONCLUSIONS: Readonly<Record<string, BuildEvent['status']>> = {
  success: 'success',
  neutral: 'success',
  cancelled: 'cancelled',
  skipped: 'cancelled',
  stale: 'cancelled',
}

/** GitHub calls a run completed that waits for an approval: nothing has run yet. */
const WAITING = 'action_required'

function workflowRunEvent({ action, repository, workflow_run: run }: z.output<typeof workflowRun>): BuildEvent {
  const isWaiting = run.conclusion === WAITING
  const isDone = action === 'completed' && !isWaiting
  const status = isDone ? (CONCLUSIONS[run.conclusion ?? ''] ?? 'failure') : 'in_progress'
  return {
    event_id: `github/workflow_run/${run.id}/${run.run_attempt}/${isWaiting ? WAITING : action}`,
    event_type: isDone ? 'build_complete' : 'build_start',
    status,
    repository: repository.full_name,
    branch: run.head_branch || 'unknown',
    commit_sha: run.head_sha,
    timestamp: run.updated_at ?? run.run_started_at ?? run.created_at,
    started_at: run.run_started_at ?? run.created_at,
    completed_at: isDone ? run.updated_at : undefined,
    ci_provider: 'github_actions',
    artifacts: run.html_url === undefined ? undefined : { html_url: run.html_url },
    error_message: status === 'failure' ? `${run.name ?? 'workflow'}: ${run.conclusion}` : undefined,
    metadata: {
      workflow: run.name ?? null,
      run_id: run.id,
      run_number: run.run_number ?? null,
      attempt: run.run_attempt,
      trigger: run.event ?? null,
      actor: run.actor?.login ?? null,
      conclusion: run.conclusion ?? null,
    },
  }
}

const DEPLOY_ENDS: Readonly<Record<string, BuildEvent['status']>> = {
  success: 'success',
  failure: 'failure',
  error: 'failure',
  inactive: 'cancelled',
}

function deploymentStatusEvent({
  repository,
  deployment,
  deployment_status: told,
}: z.output<typeof deploymentStatus>): BuildEvent {
  const end = DEPLOY_ENDS[told.state]
  return {
    event_id: `github/deployment_status/${told.id}`,
    event_type: end === undefined ? 'deploy_start' : 'deploy_complete',
    status: end ?? 'in_progress',
    repository: repository.full_name,
    branch: deployment.ref,
    commit_sha: deployment.sha,
    timestamp: told.created_at,
    started_at: deployment.created_at,
    completed_at: end === undefined ? undefined : told.created_at,
    ci_provider: 'github_actions',
    environment: told.environment ?? deployment.environment,
    artifacts: told.target_url ? { target_url: told.target_url } : undefined,
    error_message:
      end === 'failure'
        ? told.description || `deployment to ${told.environment ?? 'unknown'}: ${told.state}`
        : undefined,
    metadata: { deployment_id: deployment.id, state: told.state, creator: told.creator?.login ?? null },
  }
}

/** Undefined for a deletion, after which there is no commit that anything could be of. */
function pushEvent(told: z.output<typeof push>): BuildEvent | undefined {
  if (told.deleted) return undefined
  const commits = told.commits.slice(0, MAX_COMMITS).map(({ message, ...commit }) => ({
    ...commit,
    message: message.slice(0, MAX_MESSAGE_CHARS),
  }))
  return {
    event_id: `github/push/${told.repository.full_name}/${told.ref}/${told.after}`,
    event_type: 'push',
    status: 'success',
    repository: told.repository.full_name,
    branch: told.ref.replace(/^refs\/(?:heads|tags)\//, ''),
    commit_sha: told.after,
    timestamp: undefined,
    ci_provider: 'github_actions',
    artifacts: told.compare === undefined ? undefined : { compare_url: told.compare },
    metadata: {
      before: told.before ?? null,
      pusher: told.pusher?.name ?? null,
      commits_total: told.commits.length,
      commits,
    },
  }
}
