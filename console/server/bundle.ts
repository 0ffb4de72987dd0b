import { createHash } from 'node:crypto'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import type { BuildOptions } from 'esbuild'

/** A file of the application as the browser gets it. */
export interface Asset {
  readonly type: string
  readonly body: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
}

export interface Bundle {
  /** By address; a name changes with its content, so each may be kept for ever. */
  readonly assets: ReadonlyMap<string, Asset>
  /** A page that asks these questions of ours first. */
  html(firstQuestions: readonly string[]): string
  /** Of all files together. */
  readonly gzipBytes: number
}

const WEB = path.resolve(import.meta.dirname, '../web')
const ASSETS = '/console/assets/'

const OPTIONS = {
  entryPoints: [path.join(WEB, 'main.tsx')],
  bundle: true,
  minify: true,
  format: 'esm',
  splitting: true,
  target: 'es2023',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  outdir: '/',
  entryNames: 'app-[hash]',
  chunkNames: 'part-[hash]',
  write: false,
  legalComments: 'none',
  logLevel: 'silent',
  tsconfigRaw: {},
} as const satisfies BuildOptions

/** Makes the application, in memory and in a fraction of a second: users have no build step. */
export async function buildBundle(): Promise<Bundle> {
  const { build, stop } = await import('esbuild')
  try {
    const { outputFiles } = await build(OPTIONS)
    const assets = new Map(
      outputFiles.map(({ path: name, contents }) => [`${ASSETS}${path.basename(name)}`, assetOf(name, contents)]),
    )
    assets.set(`${ASSETS}icon-${digest(ICON)}.svg`, assetOf('icon.svg', Buffer.from(ICON)))
    return {
      assets,
      html: htmlOf([...assets.keys()]),
      gzipBytes: [...assets.values()].reduce((sum, { gzip }) => sum + gzip.length, 0),
    }
  } finally {
    // The compiler is a process of its own, which would stay.
    await stop()
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

function assetOf(name: string, contents: Uint8Array): Asset {
  const type = TYPES[path.extname(name)] ?? 'application/octet-stream'
  return { type, body: new Uint8Array(contents), gzip: new Uint8Array(gzipSync(contents, { level: 9 })) }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2458d3"/><path d="M5 17h5l3-8 5 15 3-10 2 3h4" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`

function htmlOf(assets: readonly string[]): Bundle['html'] {
  const find = (pattern: RegExp) => assets.find(name => pattern.test(name)) ?? ''
  // Behind the application: a browser loads six files at once, and what asks is to come first.
  const asked = (url: string) => `<link rel="preload" as="fetch" crossorigin href="${url.replaceAll('&', '&amp;')}">\n`
  return firstQuestions => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sensorium</title>
<link rel="icon" type="image/svg+xml" href="${find(/icon-\w+\.svg$/)}">
<link rel="stylesheet" href="${find(/app-\w+\.css$/)}">
<script type="module" src="${find(/app-\w+\.js$/)}"></script>
${firstQuestions.map(asked).join('')}</head>
<body>
<div id="app"></div>
<noscript>The console is a program that runs in the page: allow JavaScript here, or ask by the command line: sensorium incidents list --open</noscript>
</body>
</html>
`
}
