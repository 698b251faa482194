// What is in the tarballs, and what the tools of package authors say of them.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Tarball } from '../../tools/local-registry.ts'
import { PLATFORM, ROOT, readJson, type World } from './world.ts'

interface SourceMap {
  readonly sources: readonly string[]
  readonly sourcesContent?: readonly (string | null)[]
}

/** Path and mode of each file. */
async function filesOf(tarball: string): Promise<Map<string, string>> {
  const { stdout } = await promisify(execFile)('tar', ['-tzvf', tarball])
  const lines = stdout.trim().split('\n')
  return new Map(lines.map((line) => [line.replace(/^.* package\//, ''), line.slice(0, 10)]))
}

export function checkTarballs(world: () => World): void {
  describe('the tarballs', () => {
    it('are one for each package, and the packs of onnxruntime', async () => {
      const folders = (await readdir(join(ROOT, 'packages'))).map((name) =>
        join(ROOT, 'packages', name, 'package.json'),
      )
      const names = await Promise.all(folders.map(async (path) => (await readJson<{ name: string }>(path)).name))
      const packed = world().packed.map(({ manifest }) => manifest.name)
      expect(packed.sort()).toEqual([...names, `@koutu/ort-${PLATFORM}`, '@koutu/ort-wasm'].sort())
    })

    it('hold README, license, notice and built code, no tests, no fixtures, no build state', async () => {
      for (const { path, manifest } of world().packed) {
        const paths = [...(await filesOf(path)).keys()]
        const needed = ['README.md', 'LICENSE', 'NOTICE', 'dist/index.js', 'dist/index.d.ts']
        expect(paths, manifest.name).toEqual(expect.arrayContaining(needed))
        expect(
          paths.filter((file) => /\.(test|fixture)\.|tsbuildinfo/.test(file)),
          manifest.name,
        ).toEqual([])
      }
    })

    it('hold no map to a source that is not in them', async () => {
      for (const { path: tarball, manifest } of world().packed) {
        const paths = await filesOf(tarball)
        const installed = join(world().project, 'node_modules', manifest.name)
        if (!existsSync(installed)) continue
        for (const path of paths.keys()) {
          if (path.endsWith('.map')) {
            const { sources, sourcesContent = [] } = await readJson<SourceMap>(join(installed, path))
            const absent = sources.filter((source, i) => !sourcesContent[i] && !paths.has(join(dirname(path), source)))
            expect(absent, `${manifest.name}/${path}`).toEqual([])
          } else if (path.endsWith('.js')) {
            const map = /^\/\/# sourceMappingURL=(.+)$/m.exec(await readFile(join(installed, path), 'utf8'))?.[1]
            if (map) expect([...paths.keys()], `${manifest.name}/${path}`).toContain(join(dirname(path), map))
          }
        }
      }
    })

    it('say where they come from, name no dependency by a path, and run no script', () => {
      for (const { manifest } of world().packed) {
        expect(manifest, manifest.name).toMatchObject({
          repository: { type: 'git', directory: expect.stringMatching(/^packages\//) },
          publishConfig: { access: 'public', provenance: true },
        })
        expect(manifest, manifest.name).not.toHaveProperty('scripts')
        const ranges = Object.values({ ...manifest.dependencies, ...manifest.optionalDependencies })
        expect(
          ranges.filter((range) => /^(file|link|workspace):/.test(range)),
          manifest.name,
        ).toEqual([])
      }
    })

    it('make the command executable', async () => {
      const { path } = world().packed.find(({ manifest }) => manifest.name === 'koutu')!
      expect((await filesOf(path)).get('bin/koutu.js')).toMatch(/^-rwxr-xr-x/)
    })
  })
}

/** Entry points that are files to copy or read, rather than modules with types. */
function filesAmongExports({ exports = {} }: Tarball['manifest']): string[] {
  return Object.entries(exports).flatMap(([name, target]) => (typeof target === 'string' ? [name] : []))
}

/** `tools`: the folder where publint, attw and TypeScript 5.9 are installed. */
export function checkTypes(world: () => World, tools: () => string): void {
  describe('the tools of package authors', () => {
    it('publint has nothing to say', async () => {
      const check = async ({ path }: Tarball) => {
        const { stdout } = await world().succeed('npx', ['publint', 'run', path, '--strict'], tools())
        expect(stdout, path).toContain('All good!')
      }
      // onnxruntime-web's own code is named .mjs and detects modules itself, which publint takes for CommonJS.
      const packed = world().packed.filter(({ manifest }) => manifest.name !== '@koutu/ort-wasm')
      await Promise.all(packed.map(check))
    })

    it('are the types wrong? They are not', async () => {
      const check = ({ path, manifest }: Tarball) => {
        const files = filesAmongExports(manifest)
        const flags = ['--profile', 'esm-only', ...(files.length > 0 ? ['--exclude-entrypoints', ...files] : [])]
        return world().succeed('npx', ['attw', path, ...flags], tools())
      }
      await Promise.all(world().packed.map(check))
    })

    it.each([
      ['5.9', () => join(tools(), 'node_modules/typescript/bin/tsc')],
      ['7', () => join(ROOT, 'node_modules/typescript/bin/tsc')],
    ])('TypeScript %s checks a program with all libraries', async (version, tsc) => {
      const { project } = world()
      const source = `import { removeBackground, createRemover, type Options } from 'koutu'
const options: Options = { background: 'white', margin: '5%', format: 'jpeg' }
const { image, alpha } = await removeBackground('photo.jpg', options)
export const response = new Response(await image.bytes(), { headers: { 'content-type': image.mimeType } })
export const sum: number = alpha.data.reduce((a, b) => a + b)
await using remover = await createRemover({ crop: true })
// @ts-expect-error: no such option
await remover.remove('photo.jpg', { corp: true })
`
      await writeFile(join(project, 'typed.ts'), source)
      const compilerOptions = {
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable', 'dom'],
        module: 'nodenext',
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        typeRoots: [join(tools(), 'node_modules/@types')],
        types: ['node'],
      }
      const tsconfig = join(project, `tsconfig-${version}.json`)
      await writeFile(tsconfig, JSON.stringify({ compilerOptions, files: ['typed.ts'] }))
      await world().succeed(process.execPath, [tsc(), '-p', tsconfig], project)
    })
  })
}
