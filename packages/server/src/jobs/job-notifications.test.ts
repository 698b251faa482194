import { expect, it } from 'vitest'
import type { Database } from '../ports/ports.ts'
import {
  type Audience,
  openJobNotifications,
  QUEUED,
  TAKEN,
  tellAll,
  tellQueued,
  tellServers,
  tellTaken,
} from './job-notifications.ts'

/** Delivers each notification to those who listen, at once. */
function fakeDatabase() {
  const listeners = new Map<string, ((payload: string | null) => void)[]>()
  return {
    notify(channel: string, payload: string) {
      for (const tell of listeners.get(channel) ?? []) tell(payload)
    },
    reconnect() {
      for (const tell of [...listeners.values()].flat()) tell(null)
    },
    async listen(channel: string, onPayload: (payload: string | null) => void) {
      listeners.set(channel, [...(listeners.get(channel) ?? []), onPayload])
      return async () => void listeners.delete(channel)
    },
  }
}

async function heardBy(audience: Audience) {
  const database = fakeDatabase()
  const notifications = await openJobNotifications(database as unknown as Database, audience)
  const heard: string[] = []
  for (const topic of [QUEUED, TAKEN, 'a', 'b']) {
    notifications.subscribe(topic, (detail) => heard.push(`${topic}: ${detail}`))
  }
  tellQueued(database, 'a', 2)
  tellQueued(database, 'c')
  tellTaken(database, 'a')
  tellServers(database, 'a', 'running')
  tellServers(database, 'a', 'succeeded')
  tellAll(database, 'b', 'canceled')
  return { heard, database, notifications }
}

it('tells servers of every change', async () => {
  const { heard } = await heardBy('server')
  expect(heard).toEqual(['queued: 2', 'queued: 1', 'taken: a', 'a: running', 'a: succeeded', 'b: canceled'])
})

it('tells workers of what they act on', async () => {
  const { heard } = await heardBy('worker')
  expect(heard).toEqual(['queued: 2', 'queued: 1', 'taken: a', 'b: canceled'])
})

it('tells all when the connection was away, and nobody once closed', async () => {
  const { heard, database, notifications } = await heardBy('worker')
  heard.length = 0
  database.reconnect()
  expect(heard).toEqual(['queued: null', 'taken: null', 'a: null', 'b: null'])
  await notifications[Symbol.asyncDispose]()
  tellQueued(database, 'd')
  expect(heard).toHaveLength(4)
})
