import type { Replace } from './secret-values.ts'

/** A credential that is known by its looks: most issuers give theirs a prefix so that scanners can find it. */
export interface TokenFormat {
  readonly kind: string
  /** Source of a regular expression without capturing groups. Linear: nothing must follow a run of unknown length. */
  readonly pattern: string
  /** One of these is part of every match. */
  readonly literals: readonly string[]
  /** Where the prefix alone could be a word's. */
  readonly accept?: (token: string) => boolean
}

/** Not inside of a word; an escaped line break or a percent-encoded character before the token does not count as one. */
const START = '(?<=^|[^A-Za-z0-9_-]|\\\\[nrt]|%[0-9A-Fa-f]{2})'

const each = (prefix: string, ends: string, suffix = '') => ends.split(' ').map(end => prefix + end + suffix)

const hasDigitAndRun = (token: string) => /\d/.test(token) && /[A-Za-z0-9]{12}/.test(token)

/**
 * Formats as their issuers document them, or as secret scanners (gitleaks, GitHub secret scanning) know them.
 * Alternatives are tried in this order.
 */
export const TOKEN_FORMATS: readonly TokenFormat[] = [
  // The second part may be empty (JWE) or cut off; the run before the first dot is entered once, at its start.
  { kind: 'jwt', pattern: `${START}eyJ[\\w-]{10,}\\.(?:\\.?[\\w-]+){0,4}`, literals: ['eyJ'] },
  {
    kind: 'aws_key',
    pattern: '(?:(?<![A-Z0-9])|(?<=%[0-9A-F]{2}))(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Z0-9])',
    literals: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
  },
  { kind: 'github_token', pattern: 'gh[pousr]_[A-Za-z0-9]{36,}', literals: each('gh', 'p o u s r', '_') },
  { kind: 'github_token', pattern: 'github_pat_[A-Za-z0-9_]{22,}', literals: ['github_pat_'] },
  {
    kind: 'gitlab_token',
    pattern: `${START}gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|wt|soat|ffct)-[\\w-]{20,}(?:\\.[\\w-]{1,64}){0,3}`,
    literals: each('gl', 'pat oas dt rt rtr cbt ptt ft imt agent wt soat ffct', '-'),
  },
  { kind: 'slack_token', pattern: 'xox[abceoprs]-[A-Za-z0-9-]{10,}', literals: each('xox', 'a b c e o p r s', '-') },
  { kind: 'slack_token', pattern: 'xapp-[A-Za-z0-9-]{20,}', literals: ['xapp-'] },
  { kind: 'slack_token', pattern: 'hooks\\.slack\\.com/[\\w/-]{20,}', literals: ['hooks.slack.com/'] },
  { kind: 'discord_token', pattern: 'discord(?:app)?\\.com/api/webhooks/[\\w/-]{20,}', literals: ['/api/webhooks/'] },
  { kind: 'telegram_token', pattern: '\\d{8,10}:AA[\\w-]{33}', literals: [':AA'] },
  {
    kind: 'stripe_key',
    pattern: '[rs]k_(?:live|test|prod)_[A-Za-z0-9]{10,}',
    literals: ['k_live_', 'k_test_', 'k_prod_'],
  },
  { kind: 'webhook_secret', pattern: 'whsec_[A-Za-z0-9+/]{24,}={0,2}', literals: ['whsec_'] },
  { kind: 'google_key', pattern: 'AIza[\\w-]{35}', literals: ['AIza'] },
  { kind: 'google_key', pattern: 'GOCSPX-[\\w-]{20,}', literals: ['GOCSPX-'] },
  { kind: 'google_token', pattern: `${START}ya29\\.[\\w.-]{20,}`, literals: ['ya29.'] },
  { kind: 'google_token', pattern: `${START}1//0[\\w-]{30,}`, literals: ['1//0'] },
  { kind: 'llm_key', pattern: `${START}sk-[\\w-]{20,}`, literals: ['sk-'], accept: hasDigitAndRun },
  { kind: 'llm_key', pattern: `${START}(?:gsk|hf|r8)_[A-Za-z0-9]{30,}`, literals: ['gsk_', 'hf_', 'r8_'] },
  { kind: 'llm_key', pattern: `${START}(?:xai|pplx)-[A-Za-z0-9]{40,}`, literals: ['xai-', 'pplx-'] },
  { kind: 'npm_token', pattern: `${START}npm_[A-Za-z0-9]{36}`, literals: ['npm_'] },
  { kind: 'pypi_token', pattern: 'pypi-AgE[\\w-]{50,}', literals: ['pypi-AgE'] },
  { kind: 'docker_token', pattern: 'dckr_(?:pat|oat)_[\\w-]{20,}', literals: ['dckr_'] },
  { kind: 'sendgrid_key', pattern: 'SG\\.[\\w-]{16,32}\\.[\\w-]{16,64}', literals: ['SG.'] },
  { kind: 'mailgun_key', pattern: `${START}key-[0-9a-f]{32}`, literals: ['key-'] },
  {
    kind: 'shopify_token',
    pattern: 'shp(?:at|ca|pa|ss|ua)_[A-Fa-f0-9]{32}',
    literals: each('shp', 'at ca pa ss ua', '_'),
  },
  { kind: 'digitalocean_token', pattern: 'do[opr]_v1_[a-f0-9]{64}', literals: ['_v1_'] },
  { kind: 'databricks_token', pattern: `${START}dapi[a-f0-9]{32}`, literals: ['dapi'] },
  { kind: 'vault_token', pattern: `${START}hv[sbr]\\.[\\w-]{24,}`, literals: each('hv', 's b r', '.') },
  { kind: 'terraform_token', pattern: '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{40,}', literals: ['.atlasv1.'] },
  { kind: 'grafana_token', pattern: 'glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}', literals: ['glsa_'] },
  { kind: 'grafana_token', pattern: `${START}glc_[A-Za-z0-9+/]{32,}={0,2}`, literals: ['glc_'] },
  { kind: 'sentry_token', pattern: 'sntry[su]_[\\w+/=-]{32,}', literals: ['sntrys_', 'sntryu_'] },
  { kind: 'new_relic_key', pattern: 'NRAK-[A-Z0-9]{27}', literals: ['NRAK-'] },
  { kind: 'atlassian_token', pattern: 'AT[AC]TT3[\\w=-]{60,}', literals: ['ATATT3', 'ATCTT3'] },
  {
    kind: 'azure_secret',
    pattern: '[\\w.~]{3}\\dQ~[\\w.~-]{31,34}',
    literals: '0 1 2 3 4 5 6 7 8 9'.split(' ').map(digit => `${digit}Q~`),
  },
  { kind: 'postman_key', pattern: 'PMAK-[a-f0-9]{24}-[a-f0-9]{34}', literals: ['PMAK-'] },
  { kind: 'linear_key', pattern: 'lin_(?:api|oauth)_[A-Za-z0-9]{32,}', literals: ['lin_api_', 'lin_oauth_'] },
  { kind: 'notion_token', pattern: `${START}(?:ntn|secret)_[A-Za-z0-9]{43,}`, literals: ['ntn_', 'secret_'] },
  { kind: 'supabase_key', pattern: 'sbp_[a-f0-9]{40}', literals: ['sbp_'] },
  { kind: 'supabase_key', pattern: 'sb_secret_[\\w-]{20,}', literals: ['sb_secret_'] },
  { kind: 'planetscale_token', pattern: 'pscale_(?:tkn|pw|oauth)_[\\w.-]{32,}', literals: ['pscale_'] },
  { kind: 'sensorium_token', pattern: `${START}sn[ak]_[\\w-]{32,}`, literals: ['sna_', 'snk_'] },
  { kind: 'square_token', pattern: `${START}sq0(?:atp|csp|idp)-[\\w-]{22,}`, literals: ['sq0'] },
  { kind: 'paypal_token', pattern: 'access_token\\$production\\$[\\w$]{20,}', literals: ['_token$production'] },
  { kind: 'llm_key', pattern: `${START}lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}`, literals: ['lsv2_'] },
  { kind: 'google_key', pattern: `${START}AAAA[\\w-]{7}:APA91b[\\w-]{100,}`, literals: [':APA91b'] },
  { kind: 'rubygems_key', pattern: `${START}rubygems_[a-f0-9]{48}`, literals: ['rubygems_'] },
  { kind: 'crates_token', pattern: `${START}cio[A-Za-z0-9]{32}(?![\\w-])`, literals: ['cio'] },
  { kind: 'nuget_key', pattern: `${START}oy2[a-z0-9]{43}(?![\\w-])`, literals: ['oy2'] },
  { kind: 'clojars_token', pattern: `${START}CLOJARS_[a-f0-9]{60}`, literals: ['CLOJARS_'] },
  {
    kind: 'discord_token',
    pattern: `${START}M[A-Za-z0-9]{23,25}\\.[\\w-]{6}\\.[\\w-]{27,38}`,
    literals: each('MT', 'A E I M Q U Y c g k'),
  },
  {
    kind: 'teams_webhook',
    pattern: 'webhook\\.office\\.com/webhookb2/[\\w@/-]{20,}',
    literals: ['/webhookb2/'],
  },
  {
    kind: 'mailchimp_key',
    pattern: `${START}[a-f0-9]{32}-us\\d{1,2}(?![\\w-])`,
    literals: ['-us1', '-us2', '-us3', '-us4', '-us5', '-us6', '-us7', '-us8', '-us9'],
  },
  { kind: 'brevo_key', pattern: 'xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}', literals: ['xkeysib-'] },
  { kind: 'fly_token', pattern: `${START}fo1_[\\w-]{43}`, literals: ['fo1_'] },
  { kind: 'netlify_token', pattern: `${START}nfp_[A-Za-z0-9]{36}`, literals: ['nfp_'] },
  {
    kind: 'doppler_token',
    pattern: `${START}dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{40,}`,
    literals: ['dp.pt.', 'dp.st.', 'dp.ct.', 'dp.sa.', 'dp.scim.', 'dp.audit.'],
  },
  { kind: 'pulumi_token', pattern: `${START}pul-[a-f0-9]{40}`, literals: ['pul-'] },
  { kind: 'heroku_key', pattern: 'HRKU-[\\w-]{36,}', literals: ['HRKU-'] },
  { kind: 'neon_key', pattern: `${START}napi_[a-z0-9]{60,}`, literals: ['napi_'] },
  { kind: 'figma_token', pattern: `${START}figd_[\\w-]{40,}`, literals: ['figd_'] },
  {
    kind: 'twilio_key',
    pattern: `${START}SK[0-9a-f]{32}(?![\\w-])`,
    literals: each('SK', '0 1 2 3 4 5 6 7 8 9 a b c d e f'),
  },
  { kind: 'sonar_token', pattern: `${START}sq[pua]_[a-f0-9]{40}`, literals: each('sq', 'p u a', '_') },
  {
    kind: 'launchdarkly_key',
    pattern: `${START}(?:sdk|api)-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}`,
    literals: ['sdk-', 'api-'],
  },
  { kind: 'facebook_token', pattern: `${START}EAA[A-Za-z0-9]{90,}`, literals: ['EAA'] },
  { kind: 'buildkite_token', pattern: `${START}bkua_[a-f0-9]{40}`, literals: ['bkua_'] },
  { kind: 'typeform_token', pattern: `${START}tfp_[\\w-]{40,}`, literals: ['tfp_'] },
  {
    kind: 'aws_token',
    pattern: `${START}(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=_-]{40,}`,
    literals: ['FwoGZXIvYXdz', 'IQoJb3JpZ2lu'],
  },
  {
    kind: 'password_hash',
    pattern:
      '\\$(?:2[abxy]\\$\\d\\d\\$[./A-Za-z0-9]{53}|(?:[156y7]|apr1|sha1)\\$[./A-Za-z0-9=$-]{20,}|argon2(?:id|i|d)\\$v=\\d{1,3}\\$m=\\d{1,9},t=\\d{1,9},p=\\d{1,9}\\$[A-Za-z0-9+/$]{20,})',
    literals: ['$2a$', '$2b$', '$2x$', '$2y$', '$1$', '$5$', '$6$', '$7$', '$y$', '$apr1$', '$sha1$', '$argon2'],
  },
  { kind: 'password_hash', pattern: 'pbkdf2_sha\\d{1,3}\\$\\d{1,8}\\$[\\w./+$-]{20,}={0,2}', literals: ['pbkdf2_sha'] },
  {
    kind: 'password_hash',
    pattern: '\\{(?:SSHA|SHA|SMD5|CRYPT)\\d{0,3}\\}[A-Za-z0-9+/$.]{16,}={0,2}',
    literals: ['{SSHA', '{SHA', '{SMD5', '{CRYPT'],
  },
  { kind: 'age_key', pattern: 'AGE-SECRET-KEY-1[A-Z0-9]{58}', literals: ['AGE-SECRET-KEY-1'] },
]

/** V8 counts the repetitions of `x{20,}` on a stack, which overflows after some megabytes; those of `x{20}x*` not. */
const uncounted = (pattern: string) => pattern.replace(/(\[[^\]]+\])\{(\d+),\}/g, '$1{$2}$1*')

const ANY_FORMAT = new RegExp(TOKEN_FORMATS.map(format => `(${uncounted(format.pattern)})`).join('|'), 'g')

/**
 * Formats whose beginning is part of common words (path, store_id), so that they have a search of their own: in the one
 * above they would let it look at a good part of all texts.
 */
export const COMMON_STARTS: readonly string[] = ['pat', ' re_', '=re_', 'sl.']
const COMMON_FORMAT =
  /(?<![\w-])(?:(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})|(re_[A-Za-z0-9]{6,12}_[A-Za-z0-9]{16,40})|(sl\.[\w-]{80,2048}))(?![\w-])/g
const MIN_COMMON_LENGTH = 24

/** `text` with the tokens replaced of those few formats. */
export function replaceCommonTokens(text: string, replace: Replace): string {
  if (text.length < MIN_COMMON_LENGTH) return text
  return text.replace(COMMON_FORMAT, (token, airtable: string | undefined, resend: string | undefined) =>
    replace(airtable ? 'airtable_token' : resend ? 'resend_key' : 'dropbox_token', token),
  )
}

/** `text` with every token of a known format replaced. */
export function replaceTokens(text: string, replace: Replace): string {
  return text.replace(ANY_FORMAT, (token: string, ...groups: unknown[]) => {
    const format = TOKEN_FORMATS[groups.findIndex(group => group !== undefined)]
    if (format === undefined || format.accept?.(token) === false) return token
    return replace(format.kind, token)
  })
}
