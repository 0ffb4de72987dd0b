import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'
import { normalisePath } from '../path.ts'

const RUNTIME_APP =
  /^(?:elixir|stdlib|kernel|erts|logger|eex|ex_unit|iex|mix|compiler|ssl|public_key|crypto|inets|sasl)$/
const DEPENDENCY_APP =
  /^(?:phoenix\w*|plug\w*|ecto\w*|bandit|thousand_island|cowboy\w*|ranch|cowlib|oban\w*|absinthe\w*|postgrex|myxql|db_connection|tesla|finch|mint|req|hackney|httpoison|jason|poison|telemetry\w*|broadway\w*|gen_stage|swoosh|bamboo|ash\w*|nimble_\w+|poolboy|redix|amqp\w*|kafka\w*|brod|opentelemetry\w*|sentry|gettext|floki|guardian|ueberauth\w*|quantum|cachex|con_cache|horde|libcluster|commanded|eventstore|dataloader|timex|decimal)$/
const RUNTIME_MODULE =
  /^(?:erlang|gen_server|gen_statem|gen_event|gen|proc_lib|supervisor|lists|maps|ets|dets|mnesia|timer|io|io_lib|file|code|application|erl_eval|erl_internal|error_handler|init|shell|eval|elixir\w*|binary|string|unicode|inet\w*|ssl\w*|gen_tcp|prim_inet|rpc|erpc|queue|dict|Elixir\.(?:Enum|Task|GenServer|Agent|Kernel|Map|Keyword|String|Stream|Process|Supervisor))$/

/** Elixir and Erlang: a function is known by its module. Anonymous functions count as the one that they stand in. */
export function beamFrame(raw: RawFrame): FrameParts {
  const inside = raw.name.lastIndexOf(' in ')
  const full = (inside < 0 ? raw.name : raw.name.slice(inside + ' in '.length)).replace(/\/\d+$/, '').replace(/^:/, '')
  const erlang = full.indexOf(':')
  const split = erlang < 0 ? full.lastIndexOf('.') : erlang
  const module = split < 0 ? '' : full.slice(0, split).replace(/^:/, '')
  // `-total/1-fun-0-` is what Erlang calls a function within `total`, `"-inlined-…"` what Elixir does.
  const name = full
    .slice(split + 1)
    .replace(/^"?-(?:inlined-)?(\w+[?!]?)(?:\/\d+)?.*$/, '$1')
    .replace(/\(.*$/, '')
  return {
    origin: originOf(raw, module),
    name,
    place: module,
    placeWords: module.slice(module.lastIndexOf('.') + 1),
    function: module === '' ? name : `${module}.${name}`,
    file: normalisePath(raw.file),
  }
}

function originOf({ owner, file }: RawFrame, module: string): Origin {
  if (RUNTIME_APP.test(owner) || RUNTIME_MODULE.test(module)) return 'runtime'
  if (DEPENDENCY_APP.test(owner) || /^deps\/|\/deps\//.test(file)) return 'dependency'
  return 'app'
}
