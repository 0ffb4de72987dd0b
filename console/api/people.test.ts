import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asSomebody } from '../testing/people.ts'
import { openConsole } from '../testing/server.ts'
import type { PeopleAnswer } from './people.ts'

test('an admin sees who may come in, who has and what they did, ends a session, shuts somebody out and lets them in', async t => {
  const opened = await openConsole(t, { auth: { require_on_loopback: true } })
  const ada = await asSomebody(opened, 'ada', 'admin')
  const nana = await asSomebody(opened, 'nana', 'responder', ['shop'])
  const people = async () => (await opened.get<PeopleAnswer>('people', ada.headers)).data
  const first = await people()
  assert.deepEqual(
    first.people.map(({ name, role, services, issuer }) => ({ name, role, services, issuer })),
    [
      { name: 'ada', role: 'admin', services: undefined, issuer: undefined },
      { name: 'nana', role: 'responder', services: ['shop'], issuer: undefined },
    ],
  )
  assert.deepEqual(
    first.actions.map(({ person, action }) => [person, action]),
    [
      ['nana', 'sign-in'],
      ['ada', 'sign-in'],
    ],
  )
  const session = first.sessions.find(({ name }) => name === 'nana')?.session_id
  assert.equal((await ada.act('person', { name: 'nana', word: 'sign-out', session })).status, 200)
  assert.deepEqual(
    (await people()).sessions.map(({ name }) => name),
    ['ada'],
  )
  assert.equal((await nana.act('feedback', { about: 'chat/1', claim: 'x', verdict: 'right' })).status, 401)
  assert.equal((await ada.act('person', { name: 'nana', word: 'shut-out' })).status, 200)
  const enter = () =>
    fetch(`${opened.url}/console/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'nana', password: 'correct horse battery' }),
    })
  assert.equal((await enter()).status, 401)
  assert.equal((await ada.act('person', { name: 'nana', word: 'let-in' })).status, 200)
  assert.equal((await enter()).status, 200)
  assert.equal((await ada.act('person', { name: 'ada', word: 'shut-out' })).status, 400)
  assert.equal((await ada.act('person', { name: 'nobody', word: 'shut-out' })).status, 400)
})

test('who is no admin neither sees the others nor ends their sessions', async t => {
  const opened = await openConsole(t, { auth: { require_on_loopback: true } })
  for (const role of ['viewer', 'responder'] as const) {
    const somebody = await asSomebody(opened, role, role)
    assert.equal((await opened.get('people', somebody.headers)).status, 403)
    assert.equal((await somebody.act('person', { name: 'ada', word: 'sign-out' })).status, 403)
  }
})
