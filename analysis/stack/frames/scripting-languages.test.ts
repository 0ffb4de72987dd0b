import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normaliseFrame } from '../normalise.ts'
import type { RawFrame, StackFormat } from '../parsed.ts'

function frameOf(format: StackFormat, raw: Partial<RawFrame>): { identity: string; origin: string } {
  const { identity, origin } = normaliseFrame({ owner: '', name: '', file: '', line: 1, ...raw }, format)
  return { identity, origin }
}

const PYTHON: readonly [name: string, file: string, identity: string, origin: string][] = [
  ['total', '/app/shop/cart.py', 'total@cart', 'app'],
  ['get', '/app/orders/views.py', 'get@orders/views', 'app'],
  ['total_async', '/app/shop/cart.py', 'total@cart', 'app'],
  ['<module>', '/app/shop/cart.py', '@cart', 'app'],
  ['<lambda>', '/app/shop/cart.py', '@cart', 'app'],
  ['<listcomp>', '/app/shop/cart.py', '@cart', 'app'],
  ['f', '<string>', 'f@', 'app'],
  ['send', '/venv/lib/python3.11/site-packages/requests/adapters.py', 'send@adapters', 'dependency'],
  ['send', 'C:\\venv\\Lib\\site-packages\\requests\\adapters.py', 'send@adapters', 'dependency'],
  ['send', '/usr/lib/python3/dist-packages/requests/adapters.py', 'send@adapters', 'dependency'],
  ['<module>', '/usr/local/bin/gunicorn', '@gunicorn', 'dependency'],
  ['run', '/usr/local/lib/python3.12/asyncio/runners.py', 'run@runners', 'runtime'],
  ['run', '/root/.pyenv/versions/3.11.7/lib/python3.11/asyncio/runners.py', 'run@runners', 'runtime'],
  ['run', 'C:\\Python311\\Lib\\asyncio\\runners.py', 'run@runners', 'runtime'],
  ['_find_and_load', '<frozen importlib._bootstrap>', '_find_and_load@', 'runtime'],
  ['handle', '/var/runtime/bootstrap.py', '', 'runtime'],
]
test('Python: functions are known by their module, installed and standard ones set apart', () => {
  for (const [name, file, identity, origin] of PYTHON) {
    const seen = frameOf('python', { name, file })
    assert.equal(seen.origin, origin, `${name} in ${file}`)
    if (identity !== '') assert.equal(seen.identity, identity, `${name} in ${file}`)
  }
})

const RUBY: readonly [name: string, file: string, identity: string, origin: string][] = [
  ['total', 'app/models/cart.rb', 'total@cart', 'app'],
  ['Cart#total', '/rails/app/models/cart.rb', 'total@cart', 'app'],
  ['Shop::Cart.total', '/rails/app/models/cart.rb', 'total@cart', 'app'],
  ['block (2 levels) in total', 'app/models/cart.rb', 'total@cart', 'app'],
  ['rescue in block in Cart#total', 'app/models/cart.rb', 'total@cart', 'app'],
  ['<main>', 'app/cart.rb', '@cart', 'app'],
  ['<class:Cart>', 'app/cart.rb', '@cart', 'app'],
  [
    '_app_views_orders_show_html_erb___4160985043_23400',
    'app/views/orders/show.html.erb',
    'template@orders/show',
    'app',
  ],
  [
    'each',
    '/usr/local/bundle/gems/activerecord-7.0.4/lib/active_record/relation.rb',
    'each@active_record/relation',
    'dependency',
  ],
  ['<main>', 'bin/rails', '@bin/rails', 'dependency'],
  ['each', '/usr/local/lib/ruby/3.3.0/set.rb', 'each@set', 'runtime'],
  ['loop', '<internal:kernel>', 'loop@', 'runtime'],
]
test('Ruby: blocks and classes are folded into the method', () => {
  for (const [name, file, identity, origin] of RUBY) {
    const seen = frameOf('ruby', { name, file })
    assert.equal(seen.origin, origin, `${name} in ${file}`)
    if (origin === 'app') assert.equal(seen.identity, identity, `${name} in ${file}`)
  }
})

const PHP: readonly [owner: string, name: string, file: string, identity: string, origin: string][] = [
  ['App\\Cart', 'total', '/app/src/Cart.php', 'total@App\\Cart', 'app'],
  ['', 'App\\total', '/app/src/cart.php', 'total@cart', 'app'],
  ['App\\Cart', 'App\\{closure}', '/app/src/Cart.php', '@App\\Cart', 'app'],
  ['', '{closure:App\\Cart::total():12}', '/app/src/Cart.php', 'total@App\\Cart', 'app'],
  ['', '{main}', '/app/index.php', '@index', 'app'],
  ['', 'require_once', '/app/src/routes.php', '@routes', 'app'],
  ['class@anonymous\0/app/src/x.php:3$0', 'total', '/app/src/cart.php', 'total@cart', 'app'],
  ['App\\Cart', 'total', '', 'total@App\\Cart', 'app'],
  ['', '{main}', '/app/storage/framework/views/0a1b2c3d4e5f60718293a4b5c6d7e8f9.php', '@', 'app'],
  [
    'Illuminate\\Pipeline\\Pipeline',
    'then',
    '/app/vendor/laravel/framework/src/Pipeline.php',
    'then@Illuminate\\Pipeline\\Pipeline',
    'dependency',
  ],
  ['Illuminate\\Pipeline\\Pipeline', 'then', '', 'then@Illuminate\\Pipeline\\Pipeline', 'dependency'],
  ['PDOStatement', 'execute', '', 'execute@PDOStatement', 'runtime'],
  ['', 'array_map', '[internal function]', 'array_map@', 'runtime'],
]
test('PHP: methods are known by their class, PHP’s own functions and packages set apart', () => {
  for (const [owner, name, file, identity, origin] of PHP) {
    assert.deepEqual(frameOf('php', { owner, name, file }), { identity, origin }, `${owner} ${name} in ${file}`)
  }
})
