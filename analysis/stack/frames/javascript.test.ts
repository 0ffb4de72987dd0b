import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normaliseFrame } from '../normalise.ts'

function identityOf(name: string, file: string): string {
  return normaliseFrame({ owner: '', name, file, line: 1 }, 'v8').identity
}

const ON_SERVERS: readonly [name: string, identity: string][] = [
  ['total', 'total@cart'],
  ['Object.total', 'total@cart'],
  ['Module.total', 'total@cart'],
  ['exports.total', 'total@cart'],
  ['Cart.total', 'Cart.total@cart'],
  ['Cart.#total', 'Cart.total@cart'],
  ['async Cart.total', 'Cart.total@cart'],
  ['Cart.total [as sum]', 'Cart.total@cart'],
  ['Cart.<anonymous> [as total]', 'total@cart'],
  ['Object.<computed> [as total]', 'total@cart'],
  ['get total', 'total@cart'],
  ['new Cart', 'Cart@cart'],
  ['bound total', 'total@cart'],
  ['total$1', 'total@cart'],
  ['totalAsync', 'total@cart'],
  ['Cart.[Symbol.iterator]', 'Cart.iterator@cart'],
  ['t.total', 'total@cart'],
  ['HttpClient.total', 'total@cart'],
  ['Runtime.handler', 'handler@cart'],
  ['', '@cart'],
  ['Object.<anonymous>', '@cart'],
  ['Cart.<anonymous>', '@cart'],
  ['t', '@cart'],
  ['Zo', '@cart'],
  ['_callee2$', '@cart'],
  ['./src/cart.ts', '@cart'],
]
test('a function has one name, however V8, the bundler and the call site write it', () => {
  for (const [name, identity] of ON_SERVERS) assert.equal(identityOf(name, '/app/src/cart.js'), identity, name)
})

const IN_BROWSERS: readonly [name: string, identity: string][] = [
  ['Cart.total', 'total@cart'],
  ['t.total', 'total@cart'],
  ['CartView.render', 'CartView.render@cart'],
  ['e.render', 'render@cart'],
  ['total/<', 'total@cart'],
  ['load/total', 'total@cart'],
  ['total</<', 'total@cart'],
  ['Xle', '@cart'],
  ['global code', '@cart'],
]
test('in browsers, where only Chrome knows the class, it stays with generic methods alone', () => {
  for (const [name, identity] of IN_BROWSERS)
    assert.equal(identityOf(name, 'https://shop.example/js/cart.3f2a9c1b.js'), identity, name)
})

const ORIGINS: readonly [origin: string, name: string, file: string][] = [
  ['app', 'f', '/app/src/cart.js'],
  ['app', 'f', 'file:///app/dist/main.mjs'],
  ['app', 'f', 'webpack:///./src/cart.ts'],
  ['app', 'f', 'index.android.bundle'],
  ['app', 'f', '/app/src/vendors.js'],
  ['app', 'f', '/app/src/events.js'],
  ['app', 'f', '/app/src/react-cart.js'],
  ['dependency', 'f', '/app/node_modules/pg/lib/client.js'],
  ['dependency', 'f', 'C:\\shop\\node_modules\\pg\\lib\\client.js'],
  ['dependency', 'f', 'webpack:///./node_modules/react-dom/index.js'],
  ['dependency', 'f', 'webpack:///~/lodash/lodash.js'],
  ['dependency', 'f', 'https://shop.example/static/js/vendors~main.77aa01fe.js'],
  ['dependency', 'f', 'https://shop.example/_next/static/chunks/framework-2c79e2a64abdb08b.js'],
  ['dependency', 'f', 'https://unpkg.com/vue@3/dist/vue.global.js'],
  ['dependency', 'f', 'chrome-extension://abcdef/content.js'],
  ['runtime', 'f', 'node:internal/process/task_queues'],
  ['runtime', 'f', 'internal/modules/cjs/loader.js'],
  ['runtime', 'f', 'events.js'],
  ['runtime', 'Array.map', '<anonymous>'],
  ['runtime', 'Promise.all', 'index 0'],
  ['runtime', 'forEach', 'native'],
  ['runtime', '__webpack_require__', 'https://shop.example/main.js'],
  ['runtime', 'asyncGeneratorStep', '/app/build/cart.js'],
  ['runtime', 'Generator.next', '/app/build/cart.js'],
]
test('the application’s frames are told from dependencies’ and the engine’s', () => {
  for (const [origin, name, file] of ORIGINS) {
    assert.equal(normaliseFrame({ owner: '', name, file, line: 1 }, 'v8').origin, origin, `${name} in ${file}`)
  }
})

test('code that was made from a blob or a data URL has no place', () => {
  assert.equal(identityOf('total', 'blob:https://shop.example/0a1b2c3d-0000-4000-8000-000000000000'), 'total@')
})
