// What generators of clients need from the OpenAPI document: they leave out what they cannot read, without an error.

import { beforeAll, describe, expect, it } from 'vitest'
import { openTestApp } from '../app.fixture.ts'

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
}

let document: {
  readonly info: { readonly license: unknown }
  readonly components: { readonly schemas: Readonly<Record<string, { readonly type?: unknown }>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}
beforeAll(async () => {
  await using app = await openTestApp()
  document = (await (await app.app.request('/openapi.json')).json()) as typeof document
})

function operations(): { readonly path: string; readonly operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  )
}

/** Every object of the document that is a schema with this `type`. */
function schemasOf(type: string, node: unknown = document): Record<string, unknown>[] {
  if (typeof node !== 'object' || node === null) return []
  const own = (node as Record<string, unknown>).type === type ? [node as Record<string, unknown>] : []
  return [...own, ...Object.values(node).flatMap((one) => schemasOf(type, one))]
}

describe('the OpenAPI document', () => {
  it('describes every parameter that a path has', () => {
    for (const { path, operation } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const inPath = (operation.parameters ?? []).filter((one) => one.in === 'path' && one.required)
      expect(inPath.map(({ name }) => name).sort(), path).toEqual(named.sort())
    }
  })

  it('names its license by an identifier, without which openapi-generator refuses it', () => {
    expect(document.info.license).toEqual({ name: 'Apache-2.0', identifier: 'Apache-2.0' })
  })

  it('gives each request a name of its own', () => {
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toContain('postV1JobsIdRetry')
  })

  it('shares schemas of objects, never of objects or null', () => {
    const { schemas } = document.components
    expect(Object.keys(schemas)).toContain('Problem')
    for (const [name, { type }] of Object.entries(schemas)) expect(type, name).toBe('object')
  })

  it('says what each list holds, and has no objects for defaults', () => {
    const lists = schemasOf('array')
    expect(lists.length).toBeGreaterThan(10)
    for (const list of lists) expect(list.items, JSON.stringify(list)).toBeDefined()
    const all = [...lists, ...schemasOf('object')]
    expect(all.filter(({ default: standard }) => typeof standard === 'object')).toEqual([])
    expect(schemasOf('boolean').some(({ default: standard }) => standard === false)).toBe(true)
  })
})
