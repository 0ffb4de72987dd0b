import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { clientPages } from './client-pages.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const linksOf = (text: string) => [...text.matchAll(/\]\((?!https?:|#)([^()\s]+)\)/g)].map(match => match[1]!)

test('every link of the pages of packages leads to a file', () => {
  for (const [page, read] of clientPages(ROOT)) {
    for (const link of linksOf(read())) {
      assert.ok(existsSync(path.resolve(ROOT, path.dirname(page), link)), `${page}: ${link}`)
    }
  }
})

test('what the README of a package links to is published with it', () => {
  for (const file of globSync('clients/*/README.md', { cwd: ROOT })) {
    const text = readFileSync(path.join(ROOT, path.dirname(file), 'package.json'), 'utf8')
    const { files } = JSON.parse(text) as { files: readonly string[] } // npm's file
    for (const link of linksOf(readFileSync(path.join(ROOT, file), 'utf8'))) {
      assert.ok(files.includes(link.split('/')[0]!), `${file}: ${link}`)
    }
  }
})
