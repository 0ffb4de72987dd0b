import type { Position } from '../position.ts'

export const INTERNAL = '[internal function]'
// What PHP and its extensions define: classes without a namespace of ours, and functions by their prefixes.
const INTERNAL_CLASS =
  /^(?:PDO|mysqli|Date(?:Time|Interval|Period)|SimpleXML|DOM|Soap|Reflection|Spl|Array(?:Object|Iterator)|Iterator|Closure|Generator|Redis|Memcached?|Imagick|Intl|NumberFormatter|MessageFormatter|Zip|XML|Phar|Curl|Json|Normalizer|Collator|Locale|Random\\|MongoDB\\Driver\\|AMQP|Grpc\\|LDAP|PgSql\\|SQLite3|Fiber|WeakMap)/
const INTERNAL_FUNCTION =
  /^(?:array|str|substr|preg|mb|json|iconv|file|curl|mysqli|pg|sqlite|oci|date|call_user|iterator|spl|openssl|sodium|hash|simplexml|dom|xml|ldap|ftp|socket|stream|session|random|password|trigger|number)_\w+$|^(?:unserialize|intdiv|range|max|min|implode|explode|fopen|fread|fwrite|unlink|mkdir|rename|copy|usort|uasort|uksort|constant|printf|sprintf|vsprintf|strlen|strpos|strtotime|mktime|count|mail|define)$/

/**
 * Where the innermost function is: where the error was thrown, unless it is one of PHP's own. Those throw in the place
 * of their caller, which is all that makes them look like the application's.
 */
export function placeOf(called: { owner: string; name: string }, thrown: Position, caller: Position): Position {
  if (thrown.file !== caller.file) return thrown
  const isInternal = called.owner === '' ? INTERNAL_FUNCTION.test(called.name) : INTERNAL_CLASS.test(called.owner)
  return isInternal ? { file: INTERNAL, line: 0 } : thrown
}
