/**
 * What follows the name of a secret without being one: what became of it (`token: expired`), what a form says of it
 * (`"password": ["This field is required."]`), where it is kept (`password: /run/secrets/db`), code (`token = await …`).
 */
const words = (text: string) => new Set(text.split(' '))

const STATES = words(
  'required missing invalid valid expired revoked enabled disabled empty blank absent present unset set unchanged ' +
    'changed updated rotated reset wrong incorrect mismatch denied granted rejected accepted refused unknown ' +
    'unauthorized forbidden yes no on off ok failed success optional verified unverified pending sent malformed ' +
    'not_set notset not_found not_provided provided given supplied default deprecated unsupported supported ' +
    'generated created deleted renewed refreshed consumed used unused locked active inactive static projected done ' +
    'string str text varchar char uuid int integer number bool boolean bytes object any await async new function ' +
    'return typeof keyof self this',
)

/** Words of messages about a field. A passphrase may have "is" and "the" in it; these it has hardly. */
const TALK = words(
  'required missing invalid expired must cannot cant should field fields blank empty short long minimum maximum length ' +
    'characters character least most expected unexpected got match mismatch matches incorrect wrong unknown enter ' +
    'please found failed failure denied allowed provided supplied format optional unique weak common contain contains ' +
    'shown',
)

/** A scheme by which configurations point to where a secret is kept. */
const REFERENCE =
  /^(?:(?:op|vault|ssm|sm|awssm|gcpsm|azurekv|keyring|keyvault|env|file):|arn:aws|projects\/[\w-]+\/secrets\/|[A-Za-z]:(?:[\\/]|$))/
const PATH = /^(?:file:\/\/)?(?:~|\.{1,2})?(?:\/[\w.@+-]+){1,16}\/?$/
const RANDOM_PART = /(?=[\w+]*\d)(?=[\w+]*[a-z])(?=[\w+]*[A-Z])[\w+]{16}/
const PROPERTY =
  /^(?:this|self|req|request|res|response|ctx|context|config|cfg|props|process|os|env|user|args|opts|options|settings|params|state|headers|event|data|import|Deno|crypto)(?:\??\.[A-Za-z_$][\w$]*)+$/

/** Longer texts are not looked at whole: messages about a field are short. */
const MAX_PROSE_LENGTH = 200

export function isOrdinary(value: string): boolean {
  return isState(value) || isProse(value) || isReference(value) || PROPERTY.test(value)
}

function isState(value: string): boolean {
  return value.length <= 20 && STATES.has(value.toLowerCase().replace(/[.!?,]+$/, ''))
}

/** Two words or more of which one is said about fields, not chosen as a passphrase. */
export function isProse(value: string): boolean {
  if (value.length > MAX_PROSE_LENGTH || !/[^\s"'`([]\s+\S/.test(value)) return false
  return value
    .toLowerCase()
    .replaceAll(/['’]/g, '')
    .split(/[^a-z]+/)
    .some(word => TALK.has(word))
}

function isReference(value: string): boolean {
  if (REFERENCE.test(value)) return true
  return PATH.test(value) && !RANDOM_PART.test(value) && (value.lastIndexOf('/') > 0 || /\.\w+$/.test(value))
}
