import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replaceTokens, TOKEN_FORMATS } from './token-formats.ts'

const ALPHANUMERIC = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6a7B8c9D0e1F2g3H4i5J6k7L8m9'
const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ234567ABCDEFGHJKLMNPQRSTUVWXYZ234567'
const HEX = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'
const mixed = (length: number) => ALPHANUMERIC.slice(0, length)
const upper = (length: number) => UPPER.slice(0, length)
const hex = (length: number) => HEX.slice(0, length)

/** Put together at run time: as literals they would set off the very scanners whose formats these are. */
const TOKENS: readonly (readonly [kind: string, token: string])[] = [
  ['jwt', `eyJ${mixed(20)}.eyJ${mixed(30)}.${mixed(43)}`],
  ['jwt', `eyJ${mixed(20)}..${mixed(16)}.${mixed(30)}.${mixed(22)}`],
  ['jwt', `eyJ${mixed(20)}.eyJ${mixed(8)}`],
  ...['AKIA', 'ASIA', 'ABIA', 'ACCA'].map(start => ['aws_key', start + upper(16)] as const),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map(start => ['github_token', start + mixed(36)] as const),
  ['github_token', `github_pat_${mixed(22)}_${mixed(59)}`],
  ['gitlab_token', `glpat-${mixed(20)}`],
  ['gitlab_token', `gldt-${mixed(27)}.01.${mixed(9)}`],
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxc-'].map(start => ['slack_token', `${start}123456789012-${mixed(24)}`] as const),
  ['slack_token', `xapp-1-A0123456789-1234567890123-${hex(64)}`],
  ['slack_token', `hooks.slack.com/services/T0000000/B0000000/${mixed(24)}`],
  ['discord_token', `discord.com/api/webhooks/123456789012345678/${mixed(60)}`],
  ['telegram_token', `123456789:AA${mixed(33)}`],
  ['stripe_key', `sk_live_${mixed(24)}`],
  ['stripe_key', `rk_test_${mixed(24)}`],
  ['webhook_secret', `whsec_${mixed(32)}`],
  ['google_key', `AIza${mixed(35)}`],
  ['google_key', `GOCSPX-${mixed(28)}`],
  ['google_token', `ya29.${mixed(60)}`],
  ['google_token', `1//0${mixed(60)}`],
  ['llm_key', `sk-${mixed(48)}`],
  ['llm_key', `sk-proj-${mixed(40)}_${mixed(20)}`],
  ['llm_key', `sk-ant-api03-${mixed(70)}-AA`],
  ['llm_key', `gsk_${mixed(52)}`],
  ['llm_key', `hf_${mixed(34)}`],
  ['llm_key', `r8_${mixed(37)}`],
  ['llm_key', `xai-${mixed(70)}`],
  ['llm_key', `pplx-${mixed(48)}`],
  ['npm_token', `npm_${mixed(36)}`],
  ['pypi_token', `pypi-AgE${mixed(70)}`],
  ['docker_token', `dckr_pat_${mixed(27)}`],
  ['sendgrid_key', `SG.${mixed(22)}.${mixed(43)}`],
  ['mailgun_key', `key-${hex(32)}`],
  ...['shpat_', 'shpca_', 'shppa_', 'shpss_', 'shpua_'].map(start => ['shopify_token', start + hex(32)] as const),
  ...['dop_v1_', 'doo_v1_', 'dor_v1_'].map(start => ['digitalocean_token', start + hex(64)] as const),
  ['databricks_token', `dapi${hex(32)}`],
  ...['hvs.', 'hvb.', 'hvr.'].map(start => ['vault_token', start + mixed(30)] as const),
  ['terraform_token', `${mixed(14)}.atlasv1.${mixed(60)}`],
  ['grafana_token', `glsa_${mixed(32)}_${hex(8)}`],
  ['grafana_token', `glc_${mixed(60)}==`],
  ['sentry_token', `sntrys_${mixed(60)}`],
  ['sentry_token', `sntryu_${hex(64)}`],
  ['new_relic_key', `NRAK-${upper(27)}`],
  ['atlassian_token', `ATATT3${mixed(78)}`],
  ['atlassian_token', `ATCTT3${mixed(78)}`],
  ['azure_secret', `abc8Q~${mixed(34)}`],
  ['postman_key', `PMAK-${hex(24)}-${hex(34)}`],
  ['linear_key', `lin_api_${mixed(40)}`],
  ['linear_key', `lin_oauth_${mixed(40)}`],
  ['notion_token', `ntn_${mixed(46)}`],
  ['notion_token', `secret_${mixed(43)}`],
  ['supabase_key', `sbp_${hex(40)}`],
  ['supabase_key', `sb_secret_${mixed(31)}`],
  ['planetscale_token', `pscale_tkn_${mixed(43)}`],
  ['sensorium_token', `sna_${mixed(43)}`],
  ['sensorium_token', `snk_${mixed(43)}`],
  ['square_token', `sq0csp-${mixed(43)}`],
  ['paypal_token', `access_token$production$${mixed(16)}$${hex(32)}`],
  ['llm_key', `lsv2_pt_${hex(32)}_${hex(10)}`],
  ['google_key', `AAAA${mixed(7)}:APA91b${mixed(77)}${mixed(57)}`],
  ['rubygems_key', `rubygems_${hex(48)}`],
  ['crates_token', `cio${mixed(32)}`],
  ['nuget_key', `oy2${mixed(43).toLowerCase()}`],
  ['clojars_token', `CLOJARS_${hex(60)}`],
  ['discord_token', `MTA${mixed(23)}.G${mixed(5)}.${mixed(38)}`],
  ['teams_webhook', `webhook.office.com/webhookb2/${hex(32)}@${hex(32)}/IncomingWebhook/${hex(32)}`],
  ['mailchimp_key', `${hex(32)}-us14`],
  ['brevo_key', `xkeysib-${hex(64)}-${mixed(16)}`],
  ['fly_token', `fo1_${mixed(43)}`],
  ['netlify_token', `nfp_${mixed(36)}`],
  ['doppler_token', `dp.pt.${mixed(43)}`],
  ['pulumi_token', `pul-${hex(40)}`],
  ['heroku_key', `HRKU-${mixed(36)}`],
  ['neon_key', `napi_${mixed(60).toLowerCase()}`],
  ['figma_token', `figd_${mixed(40)}`],
  ['twilio_key', `SK${hex(32)}`],
  ['sonar_token', `squ_${hex(40)}`],
  ['launchdarkly_key', `sdk-${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`],
  ['facebook_token', `EAA${mixed(77)}${mixed(33)}`],
  ['buildkite_token', `bkua_${hex(40)}`],
  ['typeform_token', `tfp_${mixed(44)}`],
  ['aws_token', `FwoGZXIvYXdz${mixed(60)}`],
  ['password_hash', `$2b$12$${mixed(53)}`],
  ['password_hash', `$6$${mixed(16)}$${mixed(70)}`],
  ['password_hash', `$argon2id$v=19$m=65536,t=3,p=4$${mixed(22)}$${mixed(43)}`],
  ['password_hash', `pbkdf2_sha256$260000$${mixed(22)}$${mixed(43)}=`],
  ['password_hash', `{SSHA}${mixed(38)}==`],
  ['age_key', `AGE-SECRET-KEY-1${upper(58)}`],
]

const mark = (kind: string) => `<${kind}>`

test('every format is found, alone, in a sentence, in a URL, in JSON and behind an escaped line break', () => {
  for (const [kind, token] of TOKENS) {
    for (const [before, after] of [
      ['', ''],
      ['the key is ', ', sorry'],
      ['https://example.com/?k=', '&x=1'],
      ['{"a":"', '"}'],
      ['first line\\n', '\\nlast'],
      ['k%3D', '%26'],
    ] as const) {
      assert.equal(replaceTokens(before + token + after, mark), before + mark(kind) + after)
    }
  }
})

test('every row of the table has an example here, and each example holds a literal of its row', () => {
  for (const format of TOKEN_FORMATS) {
    const regex = new RegExp(`^(?:${format.pattern})`)
    const examples = TOKENS.filter(([kind, token]) => kind === format.kind && regex.test(token))
    assert.notEqual(examples.length, 0, `${format.kind}: ${format.pattern}`)
    for (const [, token] of examples) {
      assert.ok(
        format.literals.some(literal => token.includes(literal)),
        token,
      )
    }
  }
})

const NOT_TOKENS = [
  'task-0123456789abcdefghij disk-usage-of-0123456789abc',
  'sk-loading-spinner-container-of-the-page',
  'sk-2024-report-of-the-final-version',
  'eyJhbGciOiJIUzI1NiJ9',
  'keyJhbGciOiJIUzI1NiJ9.abcdefghijkl.abc',
  'AKIAAAAAAAAAAAAAAA',
  'XAKIAABCDEFGHJKLMNPQR',
  'npm_config_registry npm_package_name npm_lifecycle_event',
  'ghp_short gho_ github_pat_ glpat-x xoxb-1 AIza SG.a.b hf_model',
  'my_key-0123456789abcdef0123456789abcdef',
  '4bf92f3577b34da6a3ce929d0e0e4736 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '6f1ed002-ab56-4f3c-9d4e-0123456789ab',
  'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  '/api/v1_1/users api_v1_users 10:AA',
]

test('identifiers, hashes and words that only begin like a token stay', () => {
  for (const text of NOT_TOKENS) assert.equal(replaceTokens(text, mark), text)
})
