// What clients send is quoted in errors by 200 characters at most: each place of each route of the OpenAPI document in turn.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePng } from '../../../testing/src/dreamina-fake/png.ts'
import { openTestApp, type TestApp } from './app.fixture.ts'

const LONG = 'q'.repeat(20_000)
const QUOTED = 'q'.repeat(201)
/** A list of options may be named whole; nothing else grows with what was sent. */
const MAX_BODY_BYTES = 10_000

interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema>>
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: 'query' | 'header' | 'path' }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> }
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

let app: TestApp
let document: Document
beforeAll(async () => {
  app = await openTestApp()
  document = (await (await app.app.request('/openapi.json')).json()) as Document
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
})

const PHOTO = encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) })

interface Sent {
  readonly where: string
  readonly path: string
  readonly init: RequestInit
}

function propertiesOf({ $ref, properties }: Schema = {}): string[] {
  if ($ref) return propertiesOf(document.components.schemas[$ref.split('/').at(-1)!])
  return Object.keys(properties ?? {})
}

/** A form with an image, so that the fields beside it are looked at. */
function formWith(name: string, value: string): FormData {
  const form = new FormData()
  form.append(name === 'image' ? 'image_file' : 'image', new Blob([new Uint8Array(PHOTO)]), 'a.png')
  form.append(name, value)
  return form
}

function* bodies(type: string, names: readonly string[]): Generator<{ where: string; init: RequestInit }> {
  for (const name of [...names, LONG]) {
    const where = `${type} ${name.slice(0, 20)}`
    if (type === 'multipart/form-data') yield { where, init: { body: formWith(name, LONG) } }
    else if (type === 'application/json') {
      const headers = { 'content-type': type }
      for (const value of [LONG, { type: LONG }, { [LONG]: 1 }, [LONG], { type: 'color', color: LONG }])
        yield { where: `${where} ${typeof value}`, init: { headers, body: JSON.stringify({ [name]: value }) } }
    } else if (type === 'application/x-www-form-urlencoded')
      yield { where, init: { headers: { 'content-type': type }, body: new URLSearchParams({ [name]: LONG }) } }
  }
}

function* requestsOf(path: string, method: string, { parameters = [], requestBody }: Operation): Generator<Sent> {
  const plain = path.replace(/\{\w+\}/g, 'x')
  const image = { method, ...(requestBody ? { body: new Uint8Array(PHOTO) } : {}) }
  const type = { 'content-type': 'image/png' }
  for (const { name, in: place } of [
    ...parameters,
    { name: LONG, in: 'query' },
    { name: 'Action', in: 'query' },
    ...['content-type', 'authorization', 'range', 'prefer', 'accept'].map((header) => ({ name: header, in: 'header' })),
  ]) {
    const where = `${place} ${name.slice(0, 20)}`
    if (place === 'path') yield { where, path: path.replace(/\{\w+\}/g, LONG), init: { ...image, headers: type } }
    else if (place === 'query')
      yield { where, path: `${plain}?${new URLSearchParams({ [name]: LONG })}`, init: { ...image, headers: type } }
    else yield { where, path: plain, init: { ...image, headers: { ...type, [name]: LONG } } }
  }
  for (const [kind, { schema }] of Object.entries(requestBody?.content ?? {})) {
    for (const { where, init } of bodies(kind, propertiesOf(schema)))
      yield { where, path: plain, init: { method, ...init } }
  }
}

describe('text of clients', () => {
  it('is quoted by 200 characters at most, wherever it stands', async () => {
    let count = 0
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        for (const { where, path: address, init } of requestsOf(path, method.toUpperCase(), operation)) {
          const response = await app.app.request(address, init)
          const text = await response.text()
          const place = `${method} ${path}, ${where}: ${response.status}`
          expect(text.includes(QUOTED), `${place} ${text.slice(0, 300)}`).toBe(false)
          if (response.status >= 400) expect(text.length, place).toBeLessThan(MAX_BODY_BYTES)
          expect(response.status, place).not.toBe(500)
          count++
        }
      }
    }
    expect(count).toBeGreaterThan(500)
    expect(JSON.stringify(app.logged)).not.toContain(QUOTED)
  })
})
