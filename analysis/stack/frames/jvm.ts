import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'

const RUNTIME =
  /^(?:java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|clojure|dalvik|_COROUTINE|org\.codehaus\.groovy)\./
const DEPENDENCY =
  /^(?:jakarta|android|androidx|com\.android|akka|feign|reactor|retrofit2|okhttp3|okio|redis\.clients|rx|zio|cats|play|slick|ch\.qos|com\.(?:amazonaws|azure|datastax|fasterxml|github\.benmanes|google|graphql|h2database|hazelcast|ibm|launchdarkly|microsoft|mongodb|mysql|netflix|newrelic|oracle|rabbitmq|squareup|stripe|twilio|typesafe|zaxxer)|io\.(?:awspring|confluent|cucumber|dropwizard|fabric8|github\.resilience4j|grpc|jsonwebtoken|kotest|ktor|lettuce|micrometer|micronaut|netty|opentelemetry|projectreactor|quarkus|r2dbc|reactivex|sentry|smallrye|swagger|undertow|vertx)|net\.(?:bytebuddy|sf|logstash)|org\.(?:antlr|apache|aspectj|assertj|bouncycastle|codehaus|eclipse|elasticsearch|flywaydb|glassfish|gradle|h2|hibernate|hsqldb|http4s|infinispan|jboss|jdbi|jetbrains|jooq|jspecify|junit|keycloak|liquibase|mariadb|mockito|modelmapper|mongodb|mybatis|neo4j|objectweb|opensearch|osgi|postgresql|projectlombok|quartz|redisson|slf4j|springframework|sqlite|testcontainers|testng|thymeleaf|wildfly|xerial|yaml)|oracle|software\.amazon|worker\.org\.gradle|zipkin2)\./
/** Classes that frameworks make at run time stand before the real one and are numbered as they come. */
const GENERATED =
  /\$\$(?:EnhancerBy|FastClassBy|SpringCGLIB|Lambda|_jvst|_Weld)|(?:^|\.)\$Proxy\d|\$HibernateProxy\$|\$MockitoMock\$|\$ByteBuddy\$|Generated(?:Method|Constructor|Serialization\w*)Accessor|LambdaForm\$|_\$\$_|_ClientProxy$/

/** Java, Kotlin, Scala: a function is known by its class, whose package is the same on every machine. */
export function jvmFrame(raw: RawFrame): FrameParts {
  const origin = originOf(raw)
  const owner = foldClass(raw.owner)
  const name = foldMethod(raw.name, raw.owner)
  const simple = owner.slice(owner.lastIndexOf('.') + 1)
  // What R8 and ProGuard leave: `a.b.c.a`. A short method of a real class (`Money.of`) is judged by its class.
  const isMinified = name.length <= 2 && simple.length <= 2
  return {
    origin,
    name: isMinified ? '' : name,
    place: isMinified ? '' : owner,
    placeWords: simple,
    function: isMinified ? '' : owner === '' ? name : `${owner}.${name}`,
    // Obfuscators name no source or a map's id.
    file: /^(?:Unknown Source|Native Method|<generated>|SourceFile|Redefined|r8-.*)$/.test(raw.file) ? '' : raw.file,
  }
}

function originOf(raw: RawFrame): Origin {
  if (GENERATED.test(raw.owner) || raw.file === '<generated>') return 'runtime'
  const qualified = `${raw.owner}.`
  if (RUNTIME.test(qualified)) return 'runtime'
  return DEPENDENCY.test(qualified) ? 'dependency' : 'app'
}

/** Compilers number anonymous classes and name a coroutine's class after its function: neither is part of the class. */
function foldClass(owner: string): string {
  const inner = owner.indexOf('$')
  if (inner < 0) return owner
  const named = owner
    .slice(inner)
    .split('$')
    // `$1`, `$anonfun`, `$place`: inner classes are written with a capital, functions without.
    .filter(part => /^[A-Z]/.test(part) && part !== 'Companion' && part !== 'DefaultImpls')
  return [owner.slice(0, inner), ...named].join('$')
}

/** `lambda$place$0`, `place$lambda$3`, `place$default`, `access$place`, `place-impl`, `$anonfun$place$1` are all `place`. */
function foldMethod(name: string, owner: string): string {
  if (CLOSURE_METHODS.test(name)) return closureOf(owner) ?? coroutineOf(owner) ?? name
  if (name === '<init>' || name === '<clinit>') return 'new'
  const parts = name
    .replace(/-(?:impl|[\w]{6,8})$/, '')
    .split('$')
    .filter(
      part =>
        part !== '' && !/^(?:\d+|lambda|default|suspendImpl|access|anonfun|adapted|delayedInit|extension)$/.test(part),
    )
  const last = name.startsWith('lambda$') ? parts[0] : parts.at(-1)
  // javac called lambdas in lambdas `lambda$null$1` until 9.
  if (last === 'null') return ''
  return (last === 'static' ? 'new' : (last ?? '')).replace(/(?<=\w{3})Async$/, '')
}

/** What compilers call the one method of a closure's class: Kotlin, Scala before 2.12, Groovy, Clojure. */
const CLOSURE_METHODS = /^(?:invokeSuspend|invoke|invokeStatic|doInvoke|applyTo|apply(?:OrElse|\$mc\w+)?|doCall|call)$/

/** `Invoice$$anonfun$load$1` is the body of a closure in `load`, `Report$_monthly_closure1` of one in `monthly`. */
function closureOf(owner: string): string | undefined {
  return (
    /\$\$anonfun\$(?:\$?anonfun\$)*([A-Za-z]\w*)/.exec(owner)?.[1] ??
    /\$_([A-Za-z]\w*?)_(?:lambda|closure)\d+/.exec(owner)?.[1]
  )
}

/** `OrderService$place$2` is the body of the suspending function `place`, or of a lambda in it. */
function coroutineOf(owner: string): string | undefined {
  const name = owner
    .split('$')
    .slice(1)
    .find(part => /^[a-z]\w*$/.test(part) && part !== 'lambda')
  // Clojure's functions are classes too: `orders$place_order__1234`.
  return name?.replace(/__\d+$/, '')
}
