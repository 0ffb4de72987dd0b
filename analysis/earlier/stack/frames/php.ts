import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'
import { fileIdentity, normalisePath } from '../path.ts'

/** Laravel names them by a hash of the template's path, which is another one on every machine. */
const COMPILED_TEMPLATE = /[0-9a-f]{32,}\.php$/
const INSTALLED = /\/vendor\/|^phar:\/\/|\/wp-includes\/|\/wp-admin\//

/** PHP: methods are known by their class, functions by their file. */
export function phpFrame(raw: RawFrame): FrameParts {
  const file = raw.file.replaceAll('\\', '/')
  const path = file.startsWith('[')
    ? ''
    : normalisePath(file.replace(/\(\d+\) : eval\(\)'d code.*$/, '').replace(COMPILED_TEMPLATE, '*.php'))
  // `class@anonymous` goes on with a NUL and the path it was written in.
  const owner = raw.owner.replace(/@anonymous.*$/s, '@anonymous').replace(/^\\/, '')
  const { name, scope } = foldName(raw.name)
  const place = owner !== '' && owner !== 'class@anonymous' ? owner : (scope ?? fileIdentity(path))
  return {
    origin: originOf(file, owner),
    name,
    place,
    placeWords: place.slice(place.lastIndexOf('\\') + 1),
    function: name === '' || owner === '' ? name : `${owner}::${name}`,
    file: path,
  }
}

/** Where the trace has no folders, classes are known by their namespace alone. */
const KNOWN_PACKAGES =
  /^(?:Illuminate|Symfony|Doctrine|GuzzleHttp|Monolog|Twig|Laravel|Composer|PHPUnit|Psr|League|Carbon|Predis|Aws|Google|Laminas|Slim|CodeIgniter|Cake|Yiisoft|yii|OpenTelemetry|Nyholm|Ramsey|Spatie|Livewire|Filament|Inertia|Sentry|Stripe|Drupal\\Core|Magento\\Framework)\\/

function originOf(file: string, owner: string): Origin {
  if (file.startsWith('[')) return 'runtime'
  if (file.includes('/')) return INSTALLED.test(file) ? 'dependency' : 'app'
  if (KNOWN_PACKAGES.test(owner)) return 'dependency'
  // Without any place a class of no namespace is PHP's own.
  return file === '' && !owner.includes('\\') ? 'runtime' : 'app'
}

/** `App\{closure}` has no name; since 8.4 `{closure:App\Cart::total():12}` says whose it is. */
function foldName(raw: string): { name: string; scope?: string } {
  const within = /\{closure:(?:(.*)::)?([\w\\]+)\(\):\d+\}/.exec(raw)
  if (within !== null) return within[1] === undefined ? { name: within[2]! } : { name: within[2]!, scope: within[1] }
  // What a file does by itself while it is included has no name either.
  return raw.includes('{') || /^(?:require|include)(?:_once)?$/.test(raw)
    ? { name: '' }
    : { name: raw.slice(raw.lastIndexOf('\\') + 1) }
}
