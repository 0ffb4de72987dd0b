import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createFingerprinter } from './fingerprint.ts'
import { createGrouper, type GroupMerge } from './grouping.ts'
import { fleetMessages, randomFrom, shuffled } from './testing/messages.ts'

type Row = readonly [fingerprint: bigint, template: string]

/** The groups of templates as sets, however they are named. */
function partition(templates: readonly string[]): string[][] {
  const grouper = createGrouper()
  for (const [index, template] of templates.entries()) grouper.add(BigInt(index), template)
  const groups = Map.groupBy(templates.keys(), index => grouper.groupOf(BigInt(index)))
  return [...groups.values()].map(group => group.map(index => templates[index]!))
}

function groupsOf(rows: Iterable<Row>): Map<bigint, bigint> {
  const grouper = createGrouper()
  for (const [fingerprint, template] of rows) grouper.add(fingerprint, template)
  return grouper.groups()
}

function sorted(groups: Map<bigint, bigint>): [bigint, bigint][] {
  return [...groups].sort(([one], [two]) => (one < two ? -1 : 1))
}

describe('templates are one group', () => {
  const together: Record<string, string[]> = {
    'where recognised variables differ in kind': ['read <size> from <path>', 'read <num> from <host>'],
    'where a list is longer': ['ask <ip> to delete blk_<num>', 'ask <ip> to delete blk_<num> blk_<num>'],
    'where a phrase with variables is repeated': [
      'sets node-<num> <hex> <ok>',
      'sets node-<num> <hex> <ok> node-<num> <hex> <ok>',
    ],
    'where only punctuation differs': ['connection from <ip> () at <time>', 'connection from <ip> (<host>) at <time>'],
    'where four words in five shared ones differ': ['uucp', 'ftp', 'git', 'mysql'].map(
      name => `Failed password for ${name} from <ip> port <num> ssh2`,
    ),
    'where a word stands in for a variable': [
      'login chdir(<path>) failed: no file',
      'login chdir(pwd) failed: no file',
    ],
    'where names with a number differ': ['a', 'b'].map(rack => `no answer from any rack_${rack}<num> source`),
    'where two names are in a sentence': ['payment-gateway', 'inventory'].map(
      name => `circuit breaker for ${name} opened`,
    ),
    'where a name comes first': ['HikariPool-<num>', 'orders-pool'].map(name => `${name} - Thread starvation detected`),
    'where the figures differ': [
      'Completed <num> OK in <duration> (Views: <duration> | ActiveRecord: <duration> | Allocations: <num>)',
      'Completed <num> OK in <duration> (Views: <duration> | Allocations: <num>)',
    ],
    'where a flag stands among the fields': [
      'packet from outside dropped IN=eth<num> SRC=<ip> DST=<ip> DF PROTO=<value> SPT=<num>',
      'packet from outside dropped IN=eth<num> SRC=<ip> DST=<ip> PROTO=<value> SPT=<num> LEN=<num>',
    ],
    'where free text follows a colon': [
      'Log the cache hit ratio',
      'Rename environment variables (#<num>)',
      'Use structured log fields throughout',
      'Raise the memory limit (#<num>)',
    ].map(title => `deployed payment (<hex>), whose title is: ${title}`),
    'where long sentences differ in one word': ['billing', 'catalog'].map(
      team => `the quota of <num> requests a minute that ${team} has asked for is used up until <time> today`,
    ),
    'where what was proved proves more': ['mails', 'invoices', 'imports', 'audits'].flatMap((queue, row) =>
      ['red', 'blue', 'green', 'black'].map(
        colour => `moved ${queue} once more over to ${colour}${'qxyz'[row]} at <time>`,
      ),
    ),
    'where two places vary and no two templates share either word': Array.from({ length: 8 }, (_, index) => {
      const letter = 'jklmnpqr'[index]
      return `worker ${letter}ohn hands the job over to worker ${letter}eter today`
    }),
  }
  for (const [name, templates] of Object.entries(together)) {
    it(name, () => assert.deepEqual(partition(templates), [templates]))
  }
})

describe('templates are groups of their own', () => {
  const apart: Record<string, string[]> = {
    'where three words differ': ['root', 'guest', 'test'].map(
      user => `failure tty=ssh rhost=<ip> user=${user} for <num> times`,
    ),
    'where they share too little': ['cupsd', 'klogd', 'portmap', 'syslogd', 'named', 'crond'].map(
      daemon => `${daemon} startup succeeded`,
    ),
    'where two shared words prove nothing yet': ['cupsd', 'klogd', 'portmap', 'syslogd', 'named', 'crond'].map(
      daemon => `startup of ${daemon}`,
    ),
    'where states differ': ['NEW', 'ASSIGNED', 'RUNNING', 'KILLED', 'DONE'].map(
      state => `task <id> has moved to state ${state} again`,
    ),
    'where the keys of values differ': ['uid', 'gid', 'tty', 'pid', 'sid'].map(
      key => `login of <user> was refused for ${key}=<num>`,
    ),
    'where they have no word in common': ['---', '===', '***'],
    'where one says more': ['FOLLOWING', 'FOLLOWING - LEADER ELECTION TOOK - <num>'],
  }
  for (const [name, templates] of Object.entries(apart)) {
    it(name, () =>
      assert.deepEqual(
        partition(templates),
        templates.map(template => [template]),
      ),
    )
  }
})

describe('a group never hides how it went', () => {
  const apart: Record<string, string[]> = {
    'where one says more': ['Nightly backup of volume <num>', 'Nightly backup of volume <num> failed'],
    'where one denies': ['shard <num> is in sync with leader', 'shard <num> never is in sync with leader'],
    'where outcomes differ, however many': ['approved', 'declined', 'refunded', 'cancelled', 'reversed'].map(
      outcome => `Payment for order <num> was ${outcome} by provider`,
    ),
    'where a boolean stands beside its opposite': [
      'node <id> condition Ready status <bool>',
      'node <id> condition Ready status Unknown',
    ],
    'where the parts of a name say it': ['Ready', 'NotReady', 'Failed', 'Lost', 'Stopped'].map(
      state => `Node <host> status is now: Node${state} again`,
    ),
    'where the way differs, in however long a sentence': ['encrypt', 'decrypt'].map(
      way => `worker <num> of <host> could not ${way} the record <id> of table <id> with key <id> after <num> tries`,
    ),
    'where it happens to root': ['root', 'ana'].map(
      user =>
        `quota of user=${user} on tty=ssh in group=<num> of service=ssh via host=<host> and port=<num> has been used`,
    ),
    'where reasons follow a failure': ['no such role', 'wrong realm here', 'too many slots', 'bad magic bytes'].map(
      reason => `could not open the failed session again: ${reason}`,
    ),
    'where what follows a colon says how it went': ['was kept', 'timed out', 'was rejected', 'has expired'].map(
      state => `lease of pool <id> at host: it ${state}`,
    ),
    'where one tells an error beside its figures': [
      'request done in <duration> size=<num> rows=<num>',
      'request done in <duration> size=<num> error=<value>',
    ],
    'where the algorithm differs': ['sha1', 'md5', 'sha256', 'rc4', 'sha512'].map(
      name => `checksum ${name} mismatch for object <num> in bucket <num>`,
    ),
  }
  for (const [name, templates] of Object.entries(apart)) {
    it(name, () =>
      assert.deepEqual(
        partition(templates),
        templates.map(template => [template]),
      ),
    )
  }
})

describe('two templates are enough', () => {
  const together: Record<string, string[]> = {
    'where names stand behind what announces them': [
      'Container basket in pod shop/<id> ran for <duration> with code <num>',
      'Container sender in pod mail/sender-<num> ran for <duration> with code <num>',
    ],
    'where a variable and a name with its number stand in one place': [
      'peer follows <ip> level <num>',
      'peer follows BACKUP(<num>) level <num>',
    ],
    'where fields are added at the end': [
      'wrote <num> buffers in total, took <duration>, host: <host>',
      'wrote <num> buffers in total, took <duration>, host: <host>, referrer: <url>',
    ],
  }
  for (const [name, templates] of Object.entries(together)) {
    it(name, () => assert.deepEqual(partition(templates), [templates]))
  }
})

describe('what one place proves', () => {
  it('says nothing of the other: many names, two colours, two groups', () => {
    const lamp = (colour: string) => (letter: string) => `worker ${letter}ohn switched the lamp to ${colour} today`
    const green = [...'jklmn'].map(lamp('green'))
    const amber = [...'pqrst'].map(lamp('amber'))
    assert.deepEqual(partition([...green, ...amber]), [green, amber])
  })
})

describe('the groups of 10,000 records', () => {
  const fingerprint = createFingerprinter()
  const records: Row[] = fleetMessages(10_000, 7).map(message => {
    const { id, template } = fingerprint(message)
    return [id, template]
  })
  const expected = sorted(groupsOf(records))

  it('are fewer than their templates, and more than one', () => {
    const groups = new Set(expected.map(([, group]) => group))
    assert.ok(
      groups.size > 20 && groups.size < expected.length / 3,
      `${groups.size} groups of ${expected.length} templates`,
    )
  })

  it('are the same in ten random orders', () => {
    for (let seed = 1; seed <= 10; seed++) {
      assert.deepEqual(sorted(groupsOf(shuffled(records, randomFrom(seed)))), expected, `seed ${seed}`)
    }
  })

  it('are the same when two processes saw a half each, and one then learns what the other knows', () => {
    const random = randomFrom(3)
    const halves: [Row[], Row[]] = [[], []]
    for (const record of records) halves[random() < 0.5 ? 0 : 1].push(record)
    const [here, there] = halves
    assert.deepEqual(sorted(groupsOf([...here, ...there])), expected)
    assert.deepEqual(sorted(groupsOf([...there, ...here])), expected)
  })

  it('follow from the merges alone: rows that apply each merge as it comes are never wrong', () => {
    const grouper = createGrouper()
    const rows = new Map<bigint, bigint>()
    const merges: GroupMerge[] = []
    for (const [id, template] of shuffled(records, randomFrom(11))) {
      for (const merge of grouper.add(id, template)) {
        merges.push(merge)
        for (const [member, group] of rows) if (group === merge.from) rows.set(member, merge.to)
      }
      if (!rows.has(id)) rows.set(id, grouper.groupOf(id)!)
    }
    assert.ok(merges.length > 0)
    assert.deepEqual(sorted(rows), expected)
  })
})

describe('a grouper', () => {
  const word = fc.constantFrom('a', 'bb', 'ccc', 'dddd', 'node<num>', '<num>', '<ip>', 'UP', 'key=', 'x_y')
  const template = fc.array(word, { minLength: 1, maxLength: 7 }).map(words => words.join(' '))
  const rows = fc
    .uniqueArray(template, { minLength: 1, maxLength: 80 })
    .map(templates => templates.map((text, index): Row => [BigInt(index), text]))

  it('gives every set of templates the same groups in every order', () => {
    fc.assert(
      fc.property(rows, fc.integer(), (set, seed) => {
        assert.deepEqual(sorted(groupsOf(shuffled(set, randomFrom(seed)))), sorted(groupsOf(set)))
      }),
      { numRuns: 300 },
    )
  })

  it('never parts what it joined', () => {
    fc.assert(
      fc.property(rows, set => {
        const grouper = createGrouper()
        const half = Math.ceil(set.length / 2)
        for (const [id, text] of set.slice(0, half)) grouper.add(id, text)
        const before = grouper.groups()
        for (const [id, text] of set.slice(half)) grouper.add(id, text)
        for (const [one, group] of before) {
          for (const [two, other] of before) {
            if (group === other) assert.equal(grouper.groupOf(one), grouper.groupOf(two))
          }
        }
      }),
    )
  })

  it('names each merge once, from ids that rows may carry to the id they carry now', () => {
    const grouper = createGrouper()
    const add = (index: number, name: string) => grouper.add(BigInt(index), `yesterday ${name} has sung to the room`)
    assert.deepEqual(add(1, 'alice'), [])
    assert.deepEqual(add(2, 'bruno'), [])
    assert.deepEqual(add(3, 'chen'), [])
    const before = [1n, 2n, 3n].map(id => grouper.groupOf(id)!).sort((one, two) => (one < two ? -1 : 1))
    const merges = add(4, 'dilek')
    const group = grouper.groupOf(4n)!
    assert.deepEqual(
      merges,
      before.map(from => ({ from, to: group })),
    )
    // The id is that of what they have in common, so whoever comes later changes nothing.
    assert.deepEqual(add(5, 'emeka'), [])
    assert.equal(grouper.groupOf(5n), group)
    assert.deepEqual(add(5, 'emeka'), [])
  })

  it('knows nothing of what was never added', () => {
    assert.equal(createGrouper().groupOf(1n), undefined)
  })
})
