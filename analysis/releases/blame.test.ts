import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blame, type Change, type Failing } from './blame.ts'

const MINUTE = 60_000
const at = (minute: number, service: string, release: string): Change => ({ at: minute * MINUTE, service, release })
const failing = (given: Partial<Failing> = {}): Failing => ({
  service: 'payment',
  callers: ['checkout', 'storefront'],
  onset: 30 * MINUTE,
  end: 36 * MINUTE,
  failures: 40,
  isNew: true,
  releases: ['2.5.0'],
  slowdowns: [],
  sharedKeys: ['shop.currency'],
  ...given,
})
const slower = (minute: number) => [{ at: minute * MINUTE, toleranceMs: 30_000, factor: 4 }]
const deploys = [
  at(2, 'payment', '2.4.3'),
  at(26, 'inventory', '3.1.0'),
  at(27, 'payment', '2.5.0'),
  at(28, 'checkout', '1.9.1'),
]

const CASES: readonly (readonly [
  what: string,
  failing: Failing,
  changes: readonly Change[],
  release: string | undefined,
])[] = [
  [
    'the release with which the failing operation became slow, minutes before the first failure',
    failing({ slowdowns: slower(27) }),
    deploys,
    '2.5.0',
  ],
  ['the release with which the failures began', failing({ onset: 27 * MINUTE + 5_000 }), deploys, '2.5.0'],
  ['no release that came before and changed nothing', failing(), deploys, undefined],
  [
    'no deploy after the first failure, however near',
    failing(),
    [...deploys, at(30.05, 'payment', '2.6.0')],
    undefined,
  ],
  [
    'no deploy of a service that the failing requests never see',
    failing({ slowdowns: slower(26) }),
    deploys,
    undefined,
  ],
  [
    'the caller’s release, where the failures began with it',
    failing({ onset: 28 * MINUTE + 9_000, releases: ['2.5.0'] }),
    deploys,
    '1.9.1',
  ],
  [
    'no release that the one before it fails like',
    failing({ slowdowns: slower(27), releases: ['2.4.3', '2.5.0'] }),
    deploys,
    undefined,
  ],
  [
    'no release that does well on other machines',
    failing({ slowdowns: slower(27), sharedKeys: ['host.name', 'k8s.pod.name'] }),
    deploys,
    undefined,
  ],
  [
    'the canary: a release on one machine that fails, while the other release does not',
    failing({ sharedKeys: ['host.name', 'service.version'] }),
    deploys,
    '2.5.0',
  ],
  ['no change at all, where none is known', failing(), [], undefined],
]
for (const [what, given, changes, release] of CASES) {
  test(`blamed is ${what}`, () => {
    const { change, because } = blame(given, changes)
    assert.equal(change?.release, release, because.join('; '))
    assert.ok(because.length > 0)
  })
}

test('where nothing is blamed, the nearest change is named, and what clears it', () => {
  const { nearest, because } = blame(failing({ isNew: false }), deploys)
  assert.equal(nearest?.release, '2.5.0')
  assert.deepEqual(because, [
    'the last change of payment came 3 min before it, and nothing changed with it',
    'it was there before, only rarer',
  ])
})
