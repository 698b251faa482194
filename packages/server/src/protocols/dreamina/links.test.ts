// Addresses of results: the URI can be cut out of them, they end on a full hour, and nothing of them may be changed.

import { expect, it } from 'vitest'
import { createPictureLinks } from './links.ts'
import { BUCKET, idOf, uriOf } from './uris.ts'

const ID = '01a21093-ad1d-7b07-aad5-5ca9c0189b3c'
const links = createPictureLinks(new Uint8Array(32).fill(7))
const HOUR = 3_600_000
const NOW = Math.floor(1_795_000_000_000 / HOUR) * HOUR + 20 * 60_000
const parse = (link: string) => {
  const url = new URL(link, 'http://h')
  return { file: decodeURIComponent(url.pathname.slice(BUCKET.length + 2)), query: url.searchParams, url }
}

it('has the shape of the recorded ones', () => {
  const link = links.sign({ kind: 'result', id: ID, format: 'png' }, NOW, HOUR)
  expect(link).toMatch(
    /^\/tos-cn-i-tb4s082cfz\/[0-9a-f]{32}~tplv-tb4s082cfz-aigc_resize:0:0\.png\?lk3s=[0-9a-f]{8}&x-expires=\d+&x-signature=[^&]+&format=\.png$/,
  )
  const { url, query } = parse(link)
  expect(url.pathname.slice(1).split('~')[0]).toBe(uriOf(ID))
  // 20 minutes past: an hour later, and then the next full one.
  expect(Number(query.get('x-expires')) * 1000).toBe(NOW - 20 * 60_000 + 2 * HOUR)
  expect(links.sign({ kind: 'input', id: ID, format: 'jpeg' }, NOW, HOUR)).toContain('-resize:0:0.jpeg?')
})

it('is the same for the rest of the hour', () => {
  const sign = (nowMs: number) => links.sign({ kind: 'result', id: ID, format: 'png' }, nowMs, HOUR)
  expect(sign(NOW + 39 * 60_000)).toBe(sign(NOW))
  expect(sign(NOW + 41 * 60_000)).not.toBe(sign(NOW))
})

it('leads to its image until it ends', () => {
  for (const kind of ['result', 'input'] as const) {
    const { file, query } = parse(links.sign({ kind, id: ID, format: 'png' }, NOW, HOUR))
    const end = Number(query.get('x-expires')) * 1000
    expect(links.verify(file, query, end - 1)).toEqual({ kind, id: ID })
    expect(links.verify(file, query, end)).toBeNull()
  }
})

it('leads nowhere when anything of it is another', () => {
  const { file, query } = parse(links.sign({ kind: 'result', id: ID, format: 'png' }, NOW, HOUR))
  const bent = (change: Record<string, string>) => new URLSearchParams({ ...Object.fromEntries(query), ...change })
  expect(links.verify(file, bent({ lk3s: '0', extra: '1', format: '.webp' }), NOW)).not.toBeNull()
  expect(links.verify(file, bent({ 'x-expires': String(Number(query.get('x-expires')) + 3600) }), NOW)).toBeNull()
  expect(links.verify(file, bent({ 'x-signature': '' }), NOW)).toBeNull()
  expect(links.verify(file, bent({ 'x-signature': 'A'.repeat(44) }), NOW)).toBeNull()
  expect(links.verify(file.replace('0:0', '64:64'), query, NOW)).toBeNull()
  expect(links.verify(file.replace('aigc_resize', 'resize'), query, NOW)).toBeNull()
  expect(links.verify(file.replace('3c~', '3d~'), query, NOW)).toBeNull()
  expect(createPictureLinks(new Uint8Array(32)).verify(file, query, NOW)).toBeNull()
})

it('knows its own URIs, with and without an ending, and no others', () => {
  expect(idOf(uriOf(ID))).toBe(ID)
  expect(idOf(uriOf(ID, '.png'))).toBe(ID)
  const hex = ID.replaceAll('-', '')
  for (const other of [
    hex,
    `/${uriOf(ID)}`,
    `tos-cn-i-other/${hex}`,
    `${uriOf(ID)}/x`,
    uriOf(ID).toUpperCase(),
    `${BUCKET}/../${hex}`,
    `${BUCKET}/${'0'.repeat(32)}`,
    '',
  ]) {
    expect(idOf(other), other).toBeNull()
  }
})
