// The first ten minutes of a newcomer, as the script examples/ten-minutes.sh: from the packages of the registry, in an empty folder,
// with the commands and the program that the README shows.

import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { expectCutout, ROOT, readJson, type World } from './world.ts'

const SCRIPT = 'examples/ten-minutes.sh'
const TIMEOUT_MS = 600_000

/** Commands of the first block of a document, without their comments. */
function firstCommands(markdown: string): string[] {
  const [, block] = /^```sh\n([\s\S]*?)^```$/m.exec(markdown)!
  return block!.split('\n').flatMap((line) => line.replace(/ +#.*/, '').trim() || [])
}

export function checkTenMinutes(world: () => World): void {
  describe('the first ten minutes', () => {
    it('begin with what the README says', async () => {
      const commands = firstCommands(await readFile(join(ROOT, 'README.md'), 'utf8'))
      expect(commands).toEqual(['npm install koutu', 'npx koutu photo.jpg'])
      const script = (await readFile(join(ROOT, SCRIPT), 'utf8')).split('\n')
      expect(script).toEqual(expect.arrayContaining(commands))
    })

    it(
      'end with cutouts from the command, a folder, a program and a server',
      async () => {
        const project = await world().createProject('newcomer')
        await copyFile(join(ROOT, 'examples/simple.ts'), join(project, 'simple.ts'))
        const { stdout } = await world().succeed('sh', [join(ROOT, SCRIPT)], project)
        for (const name of ['photo.cutout.png', 'piped.png', 'out/one.png', 'out/two.png', 'photo.png'])
          await expectCutout(join(project, name))
        const { data } = await sharp(join(project, 'white.jpg')).raw().toBuffer({ resolveWithObject: true })
        expect([...data.subarray(0, 3)]).toEqual([255, 255, 255])
        const sizes = ['cropped.png', 'served.png'].map((name) => sharp(join(project, name)).metadata())
        for (const { width, channels } of await Promise.all(sizes)) {
          expect(channels).toBe(4)
          expect(width).toBeLessThan(800)
        }
        expect(stdout).toMatch(/^true \{ left: \d+/m)
        expect(await readJson(join(project, 'jobs.json'))).toMatchObject({ jobs: [{ state: 'succeeded' }] })
      },
      TIMEOUT_MS,
    )
  })
}
