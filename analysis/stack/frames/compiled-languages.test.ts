import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normaliseFrame } from '../normalise.ts'
import type { RawFrame, StackFormat } from '../parsed.ts'

function frameOf(format: StackFormat, raw: Partial<RawFrame>): { identity: string; origin: string } {
  const { identity, origin } = normaliseFrame({ owner: '', name: '', file: '', line: 1, ...raw }, format)
  return { identity, origin }
}

const JVM: readonly [owner: string, name: string, identity: string, origin: string][] = [
  ['com.acme.Cart', 'total', 'total@com.acme.Cart', 'app'],
  ['com.acme.Cart', '<init>', 'new@com.acme.Cart', 'app'],
  ['com.acme.Cart', 'lambda$total$0', 'total@com.acme.Cart', 'app'],
  ['com.acme.Cart', 'lambda$null$3', '@com.acme.Cart', 'app'],
  ['com.acme.Cart$1', 'run', 'run@com.acme.Cart', 'app'],
  ['com.acme.Cart$Line', 'price', 'price@com.acme.Cart$Line', 'app'],
  ['com.acme.Cart$Companion', 'of', 'of@com.acme.Cart', 'app'],
  ['com.acme.CartKt', 'total$default', 'total@com.acme.CartKt', 'app'],
  ['com.acme.Cart', 'access$total', 'total@com.acme.Cart', 'app'],
  ['com.acme.Cart', 'total-impl', 'total@com.acme.Cart', 'app'],
  ['com.acme.Cart', 'total$lambda$2', 'total@com.acme.Cart', 'app'],
  ['com.acme.Cart', 'totalAsync', 'total@com.acme.Cart', 'app'],
  ['com.acme.Cart$total$2', 'invokeSuspend', 'total@com.acme.Cart', 'app'],
  ['com.acme.Cart$total$2$1', 'invoke', 'total@com.acme.Cart', 'app'],
  ['com.acme.Cart$', '$anonfun$total$1', 'total@com.acme.Cart', 'app'],
  ['shop.orders$place_order__1234', 'invoke', 'place_order@shop.orders', 'app'],
  ['a.b.c', 'a', '@', 'app'],
  ['com.acme.Cart$$EnhancerBySpringCGLIB$$1a2b3c', 'total', 'total@com.acme.Cart$EnhancerBySpringCGLIB', 'runtime'],
  ['com.acme.Cart$$SpringCGLIB$$0', 'total', 'total@com.acme.Cart$SpringCGLIB', 'runtime'],
  ['jdk.proxy2.$Proxy98', 'total', 'total@jdk.proxy2.$Proxy98', 'runtime'],
  ['com.acme.Cart$$Lambda$14/0x0000000800fa1c40', 'apply', 'apply@com.acme.Cart$Lambda', 'runtime'],
  ['java.lang.Thread', 'run', 'run@java.lang.Thread', 'runtime'],
  ['kotlinx.coroutines.DispatchedTask', 'run', 'run@kotlinx.coroutines.DispatchedTask', 'runtime'],
  ['org.springframework.web.Servlet', 'service', 'service@org.springframework.web.Servlet', 'dependency'],
  ['com.zaxxer.hikari.HikariPool', 'get', 'get@com.zaxxer.hikari.HikariPool', 'dependency'],
  ['javascript.Cart', 'total', 'total@javascript.Cart', 'app'],
  ['com.googleplex.Cart', 'total', 'total@com.googleplex.Cart', 'app'],
]
test('JVM: compiled names are folded, proxies and libraries set apart', () => {
  for (const [owner, name, identity, origin] of JVM) {
    const seen = frameOf('java', { owner, name, file: 'Cart.java' })
    assert.equal(seen.origin, origin, `${owner} ${name}`)
    if (origin === 'app') assert.equal(seen.identity, identity, `${owner} ${name}`)
  }
})

const GO: readonly [name: string, file: string, identity: string, origin: string][] = [
  ['github.com/acme/shop/cart.(*Cart).Total', '/app/cart/cart.go', 'Cart.Total@github.com/acme/shop/cart', 'app'],
  ['github.com/acme/shop/cart.Cart.Total', '/app/cart/cart.go', 'Cart.Total@github.com/acme/shop/cart', 'app'],
  ['github.com/acme/shop/v2/cart.Total', '/app/cart/cart.go', 'Total@github.com/acme/shop/cart', 'app'],
  ['main.run.func1', '/app/main.go', 'run@main', 'app'],
  ['main.run.func1.2', '/app/main.go', 'run@main', 'app'],
  ['main.run.gowrap1', '/app/main.go', 'run@main', 'app'],
  ['main.(*S).Handle-fm', '/app/main.go', 'S.Handle@main', 'app'],
  ['main.all-range1', '/app/main.go', 'all@main', 'app'],
  ['main.glob..func1', '/app/main.go', '@main', 'app'],
  ['main.init.0', '/app/main.go', '@main', 'app'],
  ['main.Map[...].func1', '/app/main.go', 'Map@main', 'app'],
  ['main.Map[go.shape.int,github.com/acme/x.Y]', '/app/main.go', 'Map@main', 'app'],
  ['internal/cart.Total', '/app/internal/cart/cart.go', 'Total@internal/cart', 'app'],
  [
    'github.com/acme/shop/cart.Total',
    '/home/ana/go/src/github.com/acme/shop/cart/cart.go',
    'Total@github.com/acme/shop/cart',
    'app',
  ],
  [
    'gopkg.in/yaml%2ev3.(*Decoder).Decode',
    '/root/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/yaml.go',
    'Decoder.Decode@gopkg.in/yaml',
    'dependency',
  ],
  [
    'github.com/lib/pq.(*conn).Query',
    '/app/vendor/github.com/lib/pq/conn.go',
    'conn.Query@github.com/lib/pq',
    'dependency',
  ],
  [
    'net/http.HandlerFunc.ServeHTTP',
    '/usr/local/go/src/net/http/server.go',
    'HandlerFunc.ServeHTTP@net/http',
    'runtime',
  ],
  ['net/http.HandlerFunc.ServeHTTP', 'net/http/server.go', 'HandlerFunc.ServeHTTP@net/http', 'runtime'],
  ['runtime.gopanic', '/opt/hostedtoolcache/go/1.22.1/x64/src/runtime/panic.go', 'gopanic@runtime', 'runtime'],
]
test('Go: packages and receivers stay, closures and type arguments go', () => {
  for (const [name, file, identity, origin] of GO)
    assert.deepEqual(frameOf('go', { name, file }), { identity, origin }, name)
})

const DOTNET: readonly [name: string, identity: string, origin: string][] = [
  ['Acme.Cart.Total', 'Total@Acme.Cart', 'app'],
  ['Acme.Cart.TotalAsync', 'Total@Acme.Cart', 'app'],
  ['Acme.Cart.<TotalAsync>d__12.MoveNext', 'Total@Acme.Cart', 'app'],
  ['Acme.Cart.<Total>b__0', 'Total@Acme.Cart', 'app'],
  ['Acme.Cart.<>c.<Total>b__3_1', 'Total@Acme.Cart', 'app'],
  ['Acme.Cart.<>c__DisplayClass5_0.<Total>b__0', 'Total@Acme.Cart', 'app'],
  ['Acme.Cart.<>c__DisplayClass5_0.<<TotalAsync>b__0>d.MoveNext', 'Total@Acme.Cart', 'app'],
  ['Acme.Cart.<Total>g__Round|5_0', 'Round@Acme.Cart', 'app'],
  ['Acme.Cart..ctor', 'new@Acme.Cart', 'app'],
  ['Acme.Cart.get_Total', 'Total@Acme.Cart', 'app'],
  ['Acme.Outer.Inner`1.Total[T]', 'Total@Acme.Outer.Inner', 'app'],
  ['Program.<Main>$', 'Main@Program', 'app'],
  ['SystemicRisk.Model.Run', 'Run@SystemicRisk.Model', 'app'],
  ['System.Linq.Enumerable.First[T]', 'First@System.Linq.Enumerable', 'runtime'],
  ['lambda_method12', 'lambda_method12@', 'runtime'],
  ['Npgsql.NpgsqlCommand.ExecuteReader', 'ExecuteReader@Npgsql.NpgsqlCommand', 'dependency'],
  [
    'Microsoft.EntityFrameworkCore.DbContext.SaveChanges',
    'SaveChanges@Microsoft.EntityFrameworkCore.DbContext',
    'dependency',
  ],
]
test('.NET: async methods, lambdas and accessors are the members they were written in', () => {
  for (const [name, identity, origin] of DOTNET)
    assert.deepEqual(frameOf('dotnet', { name }), { identity, origin }, name)
})

const RUST: readonly [name: string, file: string, identity: string, origin: string][] = [
  ['shop::cart::Cart::total', './src/cart.rs', 'total@shop::cart::Cart', 'app'],
  ['shop::cart::Cart::total::h0123456789abcdef', '', 'total@shop::cart::Cart', 'app'],
  ['shop::cart::Cart::total::{{closure}}', '', 'total@shop::cart::Cart', 'app'],
  ['shop[77aa01fe3c4d5e6f]::cart::total::{closure#0}', '', 'total@shop::cart', 'app'],
  ['<shop::cart::Cart as core::fmt::Display>::fmt', '', 'fmt@shop::cart::Cart', 'app'],
  ['<shop::Cart<T> as shop::Price<U>>::price', '', 'price@shop::Cart', 'app'],
  ['<&mut shop::Cart>::price', '', 'price@shop::Cart', 'app'],
  ['_$LT$shop..Cart$u20$as$u20$core..fmt..Display$GT$::fmt', '', 'fmt@shop::Cart', 'app'],
  ['shop::map::<alloc::vec::Vec<i32>, fn() -> i32>', '', 'map@shop', 'app'],
  ['shop::main', './src/main.rs', 'main@shop', 'app'],
  ['main', '', 'main@', 'runtime'],
  ['core::option::Option<T>::unwrap', '', 'unwrap@core::option::Option', 'runtime'],
  [
    '<<std[e2]::sys::Lock>::print::Backtrace as core[c1]::fmt::Display>::fmt',
    '/rustc/59807616e1fa/library/std/src/x.rs',
    '',
    'runtime',
  ],
  ['__rustc::rust_begin_unwind', '', 'rust_begin_unwind@__rustc', 'runtime'],
  ['tokio::runtime::task::raw::poll', '', 'poll@tokio::runtime::task::raw', 'dependency'],
  [
    'quote::parse',
    '/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/quote-1.0.36/src/lib.rs',
    'parse@quote',
    'dependency',
  ],
]
test('Rust: hashes, closures and type arguments go, implementations belong to their type', () => {
  for (const [name, file, identity, origin] of RUST) {
    const seen = frameOf('rust', { name, file })
    assert.equal(seen.origin, origin, name)
    if (identity !== '') assert.equal(seen.identity, identity, name)
  }
})
