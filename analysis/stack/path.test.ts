import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileIdentity, normalisePath, withoutBuild } from './path.ts'

const APPLICATION = [
  '/home/ana/work/shop/src/cart.ts',
  '/Users/ana/Documents/GitHub/shop/src/cart.ts',
  '/root/shop/src/cart.ts',
  'C:\\Users\\ana\\source\\repos\\shop\\src\\cart.ts',
  'C:/app/src/cart.ts',
  '\\\\?\\C:\\app\\src\\cart.ts',
  '/app/src/cart.ts',
  '/usr/src/app/src/cart.ts',
  '/var/task/src/cart.ts',
  '/workspace/src/cart.ts',
  '/workspaces/shop/src/cart.ts',
  '/builds/acme/shop/src/cart.ts',
  '/home/runner/work/shop/shop/src/cart.ts',
  '/srv/shop/src/cart.ts',
  '/opt/shop/src/cart.ts',
  '/var/www/html/src/cart.ts',
  '/var/www/shop/releases/20240101120000/src/cart.ts',
  '/var/www/shop/current/src/cart.ts',
  '/var/lib/docker/overlay2/0a1b2c3d/merged/app/src/cart.ts',
  '/Applications/Shop.app/Contents/Resources/app.asar/src/cart.ts',
  'file:///app/src/cart.ts',
  'file:///C:/app/src/cart.ts',
  'webpack:///./src/cart.ts',
  'webpack://shop/./src/cart.ts?3f2a',
  'webpack-internal:///(rsc)/./src/cart.ts',
  'turbopack:///[project]/src/cart.ts',
  'https://shop.example/src/cart.ts?v=17#top',
  './src/cart.ts',
  '../../src/cart.ts',
  'src/cart.ts',
]
test('one file has one path on every machine', () => {
  for (const path of APPLICATION) assert.equal(normalisePath(path), 'src/cart.ts', path)
})

const INSTALLED: readonly [path: string, normalised: string][] = [
  ['/app/node_modules/express/lib/router/layer.js', 'express/lib/router/layer.js'],
  ['/app/node_modules/.pnpm/zod@3.23.8/node_modules/zod/lib/types.js', 'zod/lib/types.js'],
  ['/app/node_modules/.pnpm/@nestjs+core@10.3.0_abc/node_modules/@nestjs/core/router.js', '@nestjs/core/router.js'],
  ['/app/.yarn/cache/pg-npm-8.11.3-0123456789.zip/node_modules/pg/lib/client.js', 'pg/lib/client.js'],
  ['/venv/lib/python3.11/site-packages/django/db/utils.py', 'django/db/utils.py'],
  ['/usr/lib/python3/dist-packages/requests/api.py', 'requests/api.py'],
  ['/home/ana/go/pkg/mod/github.com/lib/pq@v1.10.9/conn.go', 'github.com/lib/pq/conn.go'],
  ['/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/tokio-1.38.0/src/park.rs', 'tokio/src/park.rs'],
  ['/rustc/90b35a6239c3d8bdabc530a6a0816f7ff89a0aaf/library/core/src/panicking.rs', 'library/core/src/panicking.rs'],
  ['/usr/local/bundle/gems/activerecord-7.0.4/lib/active_record/base.rb', 'activerecord/lib/active_record/base.rb'],
  ['/var/www/html/vendor/symfony/http-kernel/HttpKernel.php', 'symfony/http-kernel/HttpKernel.php'],
]
test('an installed package’s file has the path below the package, without its version', () => {
  for (const [path, normalised] of INSTALLED) assert.equal(normalisePath(path), normalised, path)
})

const CHECKOUTS = [
  '/app',
  '/builds/acme/shop',
  '/var/lib/jenkins/workspace/shop',
  '/home/jenkins/agent/workspace/shop',
  '/home/ubuntu/ci/workspace/shop',
  '/opt/atlassian/pipelines/agent/build',
  '/codebuild/output/src123/src/github.com/acme/shop',
  '/tmp/build/shop',
  '/tmp/tmp.4fK2/a/b/shop',
  '/private/tmp/shop',
  '/mnt/c/work/shop',
  '/volume1/docker/shop',
  'D:\\work\\shop',
  'file:///C:/checkouts/acme/shop',
]
test('a project’s own folder named workspace stays', () => {
  for (const path of ['apps/web/workspace/orders/index.js', '/app/apps/web/workspace/orders/index.js'])
    assert.equal(fileIdentity(normalisePath(path)), 'orders/index', path)
})

test('what a file is called does not depend on the folder of its checkout', () => {
  for (const folder of CHECKOUTS) {
    for (const [file, identity] of [
      ['lib/index.js', 'index'],
      ['src/utils/helpers.ts', 'helpers'],
      ['shop/orders/views.py', 'orders/views'],
      ['src/cart.ts', 'cart'],
    ] as const) {
      const separator = folder.includes('\\') ? '\\' : '/'
      const path = `${folder}/${file}`.replaceAll('/', separator)
      assert.equal(fileIdentity(normalisePath(path)), identity, path)
    }
  }
})

const IDENTITIES: readonly [path: string, identity: string][] = [
  ['src/cart.ts', 'cart'],
  ['src/orders/index.js', 'orders/index'],
  ['orders/views.py', 'orders/views'],
  ['src/lib/utils/index.ts', 'index'],
  ['index.js', 'index'],
  ['app/(shop)/checkout/page.tsx', 'checkout/page'],
  ['app/[id]/page.tsx', 'page'],
  ['storage/framework/views/0a1b2c3d4e5f60718293a4b5c6d7e8f9.php', ''],
  ['ipykernel_17/2893014471.py', ''],
  ['', ''],
]
test('a file is known by its name, or by the nearest folder that says something', () => {
  for (const [path, identity] of IDENTITIES) assert.equal(fileIdentity(path), identity, path)
})

test('folders that a build numbers leave a script’s path', () => {
  assert.equal(withoutBuild('_next/static/k3jH2xQ9/pages/cart-0f1e2d3c4b5a.js'), '_next/static/pages/cart.js')
  assert.equal(withoutBuild('static/js/main.3f2a9c1b.js'), 'static/js/main.js')
})
