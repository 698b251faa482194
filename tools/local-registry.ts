// An npm registry that has our packed packages, and sends npm on to its usual registry for all others. A package of ours whose
// tarball is not there (the packs of other platforms) is known, but cannot be fetched.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

interface PublishedManifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

export interface Tarball {
  readonly path: string
  readonly manifest: PublishedManifest
}

export interface Registry {
  readonly url: string
  close(): Promise<void>
}

/** The tarballs of a folder with the manifests in them. */
export async function readTarballs(folder: string): Promise<Tarball[]> {
  const read = async (path: string): Promise<Tarball> => {
    const { stdout } = await promisify(execFile)('tar', ['-xzOf', path, 'package/package.json'])
    return { path, manifest: JSON.parse(stdout) as PublishedManifest }
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).sort()
  return Promise.all(names.map((name) => read(join(folder, name))))
}

/** `elsewhere`: the registry that has everything else. */
export async function startRegistry(tarballs: readonly Tarball[], elsewhere: string): Promise<Registry> {
  const byName = new Map(tarballs.map((tarball) => [tarball.manifest.name, tarball]))
  let url = ''
  const describe = async ({ path, manifest }: Tarball) => {
    const integrity = `sha512-${createHash('sha512')
      .update(await readFile(path))
      .digest('base64')}`
    return packument({ ...manifest, dist: { tarball: `${url}tarballs/${basename(path)}`, integrity } })
  }
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1))
    const own = byName.get(name)
    const foreign = platformPack(name, tarballs)
    if (name.startsWith('tarballs/')) {
      const tarball = tarballs.find(({ path }) => basename(path) === basename(name))
      response.end(tarball ? await readFile(tarball.path) : undefined)
    } else if (own) response.end(JSON.stringify(await describe(own)))
    else if (foreign) response.end(JSON.stringify(packument(foreign)))
    else response.writeHead(302, { location: new URL(request.url!.slice(1), elsewhere).href }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function packument(manifest: PublishedManifest): object {
  const { name, version } = manifest
  return { name, 'dist-tags': { latest: version }, versions: { [version]: manifest } }
}

/** The manifest of a platform's pack that was not packed here, from its name. */
function platformPack(name: string, tarballs: readonly Tarball[]): PublishedManifest | null {
  const version = tarballs.map(({ manifest }) => manifest.optionalDependencies?.[name]).find(Boolean)
  const [, os, cpu] = /^@koutu\/ort-(\w+)-(\w+)$/.exec(name) ?? []
  if (!version || !os || !cpu) return null
  return {
    name,
    version,
    os: [os],
    cpu: [cpu],
    dist: { tarball: join('http://127.0.0.1:1', name), shasum: '0'.repeat(40) },
  }
}
