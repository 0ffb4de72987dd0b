import type { FrameParts, Origin } from '../frame.ts'
import type { RawFrame } from '../parsed.ts'
import { fileIdentity, normalisePath } from '../path.ts'

const RUNTIME_IMAGE =
  /(?:^|\/)(?:libc|libpthread|libm|libdl|ld-linux[\w-]*|ld-musl[\w-]*|libstdc\+\+|libc\+\+(?:abi)?|libgcc_s|libart|libandroid\w*|libutils|libbinder|linker(?:64)?|app_process\d*|ntdll|kernel32|kernelbase|ucrtbase|msvcrt|vcruntime\w*|libobjc\S*|libsystem\w*|libdispatch|libdyld|libxpc|libswift\w*|dyld|CoreFoundation|Foundation|UIKit\w*|GraphicsServices|QuartzCore|CFNetwork|SwiftUI|Combine|AttributeGraph|AppKit|HIToolbox|Security|libasan|libubsan)(?:[.-][\w.-]*)?$/
const RUNTIME_NAME =
  /^(?:raise|abort|gsignal|kill|tgkill|_?start|__libc_start\w*|__cxa_\w+|__assert\w*|__fortify\w*|__stack_chk_fail|__(?:GI_)?\w*abort\w*|__pthread\w*|start_thread|clone3?|__clone|malloc|calloc|realloc|free|cfree|mem(?:cpy|move|set|cmp)\w*|str\w{2,6}|__interceptor_\w+|__asan\w*|__ubsan\w*|__sanitizer\w*|operator (?:new|delete)\S*|std::|__gnu_cxx::|boost::|absl::|google::|testing::|objc_\w+|__exceptionPreprocess|_?swift_\w+|NSApplicationMain|UIApplicationMain|(?:RaiseException|KiUser\w+|RtlUser\w+|BaseThread\w+|invoke_main)$|art_|art::)/

/** C, C++, Objective-C, Swift, and what else is compiled: a function is known by its class or namespace. */
export function nativeFrame(raw: RawFrame): FrameParts {
  const segments = segmentsOf(raw.name)
  const file = raw.file.replaceAll('\\', '/')
  const path = normalisePath(file)
  const name = segments.at(-1) ?? ''
  const image = raw.owner.slice(raw.owner.lastIndexOf('/') + 1)
  const isOffset = name.startsWith('pc_')
  const place = segments.length > 1 ? segments.slice(0, -1).join('::') : isOffset ? image : fileIdentity(path)
  return {
    origin: originOf(raw, segments.join('::')),
    name,
    place,
    placeWords: segments.at(-2) ?? place,
    function: isOffset ? `${image}+${name.slice('pc_'.length)}` : segments.join('::'),
    file: path,
  }
}

function originOf({ owner, name, file }: RawFrame, folded: string): Origin {
  if (RUNTIME_IMAGE.test(owner) || RUNTIME_NAME.test(folded) || RUNTIME_NAME.test(name)) return 'runtime'
  if (/^(?:\/usr\/(?:include|lib)|\/build\/(?:glibc|gcc))/.test(file)) return 'runtime'
  return /\/(?:third_party|vendor|_deps|vcpkg|conan|Pods|node_modules)\//.test(file) ? 'dependency' : 'app'
}

/** `shop::Basket<int>::total(Order const&) const`, `_ZN4shop6Basket5totalEv`, `$s4Shop6BasketC5totalSdyF`, `-[SHBasket total:]`. */
function segmentsOf(raw: string): string[] {
  const mangled = /^(?:_?\$[sS]|_T0?|_ZNK?(?:[VrRO]*)?)(\d.*)$/.exec(raw)
  if (mangled !== null) return identifiersOf(mangled[1]!)
  const objective = /^[-+]\[(\w+)(?:\([^)]*\))? ([^\]]+)\]$/.exec(raw)
  if (objective !== null) return [objective[1]!, objective[2]!.replaceAll(':', '')]
  const plain = withoutArguments(raw)
    .replace(
      /^(?:closure #\d+ (?:\([^)]*\) )?in |implicit closure #\d+ in |partial apply for |@objc |specialized |static |virtual |protocol witness for )+/,
      '',
    )
    .replace(/ (?:const|volatile|->.*|in \w+)$/, '')
    .replace(/\[abi:\w+\]/g, '')
    .trim()
  // A return type before the name, as some demanglers print for templates.
  const bare = plain.slice(plain.lastIndexOf(' ') + 1)
  return bare
    .split(/::|(?<=\w)\.(?=\w)/)
    .filter(part => part !== '' && part !== '(anonymous namespace)' && !/^\{?lambda/.test(part))
}

/** Lengths and names, as Itanium's and Swift's manglings have them: `4shop6Basket5totalEv`. */
function identifiersOf(mangled: string): string[] {
  const found: string[] = []
  let rest = mangled
  for (;;) {
    const match = /^[A-Z]{0,3}?(\d{1,3})/.exec(rest)
    if (match === null) return found
    const length = Number(match[1])
    const name = rest.slice(match[0].length, match[0].length + length)
    if (length === 0 || name.length < length) return found
    found.push(name)
    rest = rest.slice(match[0].length + length)
  }
}

/** Without arguments and type arguments, however deep. */
function withoutArguments(name: string): string {
  if (/^operator\b/.test(name)) return name
  let kept = ''
  let depth = 0
  for (const char of name) {
    if (char === '(' || char === '<') depth++
    else if ((char === ')' || char === '>') && depth > 0) depth--
    else if (depth === 0) kept += char
  }
  return kept
}
