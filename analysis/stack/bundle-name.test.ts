import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutExtensions, withoutHashes } from './bundle-name.ts'

const BUILT: readonly [made: string, name: string][] = [
  ['main.3f2a9c1b.js', 'main.js'],
  ['main.3f2a9c1b.chunk.js', 'main.chunk.js'],
  ['3f2a9c1b.js', '*.js'],
  ['4523.js', '*.js'],
  ['4523-0f1e2d3c4b5a6978.js', '*.js'],
  ['chunk-ABC123.js', 'chunk.js'],
  ['chunk-KQZVTWRB.js', 'chunk.js'],
  ['index-BxY_9aB2.js', 'index.js'],
  ['index-DkS9aB2x.mjs', 'index.mjs'],
  ['_app-4f3e2d1c0b9a8877.js', '_app.js'],
  ['vendors~main.77aa01fe.js', 'vendors~main.js'],
  ['app.d41d8cd98f00b204e9800998ecf8427e.min.js', 'app.min.js'],
  ['cart-page.js', 'cart-page.js'],
  ['order-settings.js', 'order-settings.js'],
  ['user-CheckOut.js', 'user-CheckOut.js'],
  ['Base64Encoder.ts', 'Base64Encoder.ts'],
  ['OAuth2Client.ts', 'OAuth2Client.ts'],
  ['S3Storage.ts', 'S3Storage.ts'],
  ['checkout.tsx', 'checkout.tsx'],
]
test('hashes and chunk numbers leave a script’s name, words stay', () => {
  for (const [made, name] of BUILT) assert.equal(withoutHashes(made), name, made)
})

test('extensions of source and of build go alike', () => {
  for (const name of [
    'cart.ts',
    'cart.js',
    'cart.min.js',
    'cart.chunk.mjs',
    'cart.vue',
    'cart.html.erb',
    'cart.blade.php',
  ]) {
    assert.equal(withoutExtensions(name), 'cart', name)
  }
  assert.equal(withoutExtensions('orders.service.ts'), 'orders.service')
  assert.equal(withoutExtensions('.js'), '.js')
})
