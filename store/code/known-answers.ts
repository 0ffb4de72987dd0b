import type pg from 'pg'

export interface KnownAnswer {
  readonly etag: string
  readonly body: string
  readonly link: string | undefined
}

/** What a service answered, so that it is asked only whether that is still so. */
export interface KnownAnswers {
  get(url: string, accept: string): Promise<KnownAnswer | undefined>
  keep(url: string, accept: string, answer: KnownAnswer): Promise<void>
}

/** A longer answer is mostly of a commit, which is asked for once. */
const BODY_CHARS_MAX = 200_000
const DAYS_KEPT = 7

/** Kept in the store, so that they outlive the process. */
export function knownAnswers(client: pg.ClientBase): KnownAnswers {
  return {
    async get(url, accept) {
      const { rows } = await client.query<{ etag: string; body: string; link: string | null }>(
        'UPDATE code_answers SET asked_at = now() WHERE url = $1 AND accept = $2 RETURNING etag, body, link',
        [url, accept],
      )
      const [row] = rows
      return row === undefined ? undefined : { ...row, link: row.link ?? undefined }
    },
    async keep(url, accept, { etag, body, link }) {
      if (body.length > BODY_CHARS_MAX || body.includes('\u0000')) return
      await client.query(
        `INSERT INTO code_answers (url, accept, etag, body, link, asked_at) VALUES ($1, $2, $3, $4, $5, now())
         ON CONFLICT (url, accept) DO UPDATE SET etag = excluded.etag, body = excluded.body, link = excluded.link, asked_at = now()`,
        [url, accept, etag, body, link ?? null],
      )
      await client.query(`DELETE FROM code_answers WHERE asked_at < now() - interval '${DAYS_KEPT} days'`)
    },
  }
}
