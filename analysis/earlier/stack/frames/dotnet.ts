import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'
import { normalisePath } from '../path.ts'

const RUNTIME =
  /^(?:System\.|MS\.|Microsoft\.(?:CSharp|VisualBasic|Win32|FSharp)|FSharp\.|Interop|Internal\.|lambda_method|DynamicClass|Castle\.Proxies|<PrivateImplementationDetails>)/
const DEPENDENCY =
  /^(?:Amazon|Apache|Autofac|AutoMapper|Azure|Castle|Confluent|Dapper|Elastic|Elsa|EntityFramework|FluentAssertions|FluentValidation|Google|GraphQL|Grpc|Hangfire|HotChocolate|IdentityModel|IdentityServer\d?|LinqToDB|Marten|MassTransit|Mediator|MediatR|MessagePack|Microsoft|MongoDB|Moq|MySql|MySqlConnector|NHibernate|NLog|NServiceBus|NSubstitute|NUnit|Nest|Newtonsoft|NodaTime|Npgsql|NuGet|OpenIddict|OpenTelemetry|Oracle|Orleans|Polly|Quartz|RabbitMQ|Refit|RestSharp|Rx|SendGrid|Serilog|ServiceStack|StackExchange|Stripe|Swashbuckle|Telerik|Twilio|Umbraco|Unity|UnityEngine|Wolverine|Xamarin|Xunit|YamlDotNet|log4net|xunit)\./

/** .NET: a function is known by its class. What the compiler makes of lambdas and async methods is folded back. */
export function dotnetFrame(raw: RawFrame): FrameParts {
  const parts = splitName(raw.name)
  const named = parts.filter(part => !part.includes('<') && !part.includes('>') && part !== 'MoveNext')
  // `<PlaceAsync>d__12`, `<>c__DisplayClass5_0`, `<Place>b__0`: the method is in the last pair of angle brackets.
  const compiled = parts.filter(part => /<+[\w.]+>/.test(part)).at(-1)
  const inner = compiled === undefined ? undefined : /<+([\w.]+)>/.exec(compiled)?.[1]
  const local = compiled === undefined ? undefined : />g__(\w+)\|/.exec(compiled)?.[1]
  const method = local ?? inner ?? named.pop() ?? ''
  const owner = named.join('.').replaceAll('+', '.')
  const name = foldMethod(method)
  return {
    origin: originOf(raw.name),
    name,
    place: owner,
    placeWords: named.at(-1) ?? '',
    function: owner === '' ? name : `${owner}.${name}`,
    file: normalisePath(raw.file),
  }
}

function originOf(name: string): Origin {
  if (RUNTIME.test(name)) return 'runtime'
  return DEPENDENCY.test(name) ? 'dependency' : 'app'
}

/** By dots, but not by those in angle brackets (`<.cctor>b__0`) or after a doubled one (`..ctor`); generics go. */
function splitName(name: string): string[] {
  const plain = name.replace(/`\d+/g, '').replace(/\[[^[\]]*\]/g, '')
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const char of plain) {
    if (char === '<') depth++
    if (char === '>' && depth > 0) depth--
    if (char === '.' && depth === 0 && part !== '') {
      parts.push(part)
      part = ''
    } else if (char !== '.' || depth > 0) part += char
  }
  parts.push(part)
  return parts
}

/** Async methods bear the suffix by convention, and do what their namesakes do. */
function foldMethod(method: string): string {
  const bare = method.replace(/^\./, '')
  if (bare === 'ctor' || bare === 'cctor') return 'new'
  if (bare === 'Main$' || bare === '$Main') return 'Main'
  return bare.replace(/^(?:get|set|add|remove)_/, '').replace(/(?<=\w{3})Async$/, '')
}
