import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replaceInSql } from './sql.ts'

/** `§` marks the secrets. */
const STATEMENTS = [
  "ALTER ROLE app PASSWORD '§it''s§' VALID",
  "CREATE USER x IDENTIFIED BY '§hunter2§'",
  "SET PASSWORD FOR 'a'@'b' = PASSWORD('§hunter2§')",
  'ALTER USER x IDENTIFIED BY "§new§" REPLACE "§old§"',
  "INSERT INTO t (a, password) VALUES (1, '§x,y)§'), (now(), '§it''s§')",
  'INSERT INTO `t` (`secret`,`n`) VALUES (E"§a\\"b§",2)',
  "insert into s.t (n, token)\n  values ($1, '§abc§')",
]
const HARMLESS = [
  "INSERT INTO t (a, b) VALUES ('password', 'x')",
  'INSERT INTO t (password) VALUES ($1), (?), (NULL)',
  "INSERT INTO t (password) SELECT 'x'",
  "SELECT REPLACE('a', 'b', 'c'), 'password' AS kind",
  "COMMENT ON COLUMN users.password IS 'bcrypt'",
]

test('what a statement sets as a password, or puts into a column of secrets, is replaced, and nothing else', () => {
  for (const marked of STATEMENTS) {
    const parts = marked.split('§')
    const expected = parts.map((part, i) => (i % 2 === 0 ? part : '*')).join('')
    assert.equal(
      replaceInSql(parts.join(''), () => '*'),
      expected,
    )
  }
  for (const text of HARMLESS)
    assert.equal(
      replaceInSql(text, () => '*'),
      text,
    )
})
