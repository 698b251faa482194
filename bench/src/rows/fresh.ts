// From nothing to the first result: a clone of the committed state, `npm ci`, and the example photo, with an empty
// model cache. npm's own cache is as it is: what is downloaded depends on it and on the line.

import { join } from 'node:path'
import type { Context } from '../context.ts'
import { ROOT, run } from '../measure/run.ts'

export interface FreshRow {
  readonly cloneSeconds: number
  /** Installs and builds. */
  readonly installSeconds: number
  /** Assembles and prepares the network, then does the image. */
  readonly firstSeconds: number
  /** The same command once more. */
  readonly secondSeconds: number
}

export async function fresh({ env, folder, log }: Context): Promise<FreshRow> {
  const clone = join(folder, 'fresh')
  const seconds = async (command: string, args: readonly string[], cwd: string) => {
    const { ms } = await run(command, args, { cwd, env: { ...env, KOUTU_CACHE_DIR: join(folder, 'fresh-cache') } })
    log(`fresh, ${[command, ...args].slice(0, 2).join(' ')}: ${(ms / 1000).toFixed(1)} s`)
    return ms / 1000
  }
  const first = ['koutu', 'examples/photo.jpg', '-o', 'first.png', '--overwrite']
  return {
    cloneSeconds: await seconds('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone], folder),
    installSeconds: await seconds('npm', ['ci'], clone),
    firstSeconds: await seconds('npx', first, clone),
    secondSeconds: await seconds('npx', first, clone),
  }
}
