// On an old Node the library says so in one sentence. Old Nodes are not at hand: what a module needs in order to be linked
// there is read off the compiled modules that `import 'koutu'` loads.

import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runNode } from '@koutu/testing'
import { expect, it } from 'vitest'

const INDEX = join(import.meta.dirname, '../dist/index.js')

/** Names that modules import statically from Node, through all of our own modules. */
function namesFromNode(file: string, seen = new Set<string>(), names = new Set<string>()): Set<string> {
  if (seen.has(file)) return names
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, what, target] of text.matchAll(/^(?:import|export)\s+(?:([^'"]*?)\s+from\s+)?'([^']+)'/gm)) {
    if (isBuiltin(target!)) {
      for (const name of what?.match(/\{([^}]*)\}/)?.[1]?.split(',') ?? [])
        names.add(`${target} ${name.trim().split(' as ')[0]}`)
    } else if (target!.startsWith('.')) namesFromNode(join(dirname(file), target!), seen, names)
    else if (target!.startsWith('@koutu/'))
      namesFromNode(fileURLToPath(import.meta.resolve(target!, pathToFileURL(file))), seen, names)
  }
  return names
}

it('links on Node 18: names that came later are read off the module, not imported', () => {
  expect([...namesFromNode(INDEX)].sort()).toEqual([
    'node:fs existsSync',
    'node:util types',
    'node:worker_threads Worker',
  ])
})

it('says so before anything else runs', async () => {
  const script = `
    Object.defineProperty(process.versions, 'node', { value: '20.9.0' })
    import(${JSON.stringify(pathToFileURL(INDEX).href)}).then(() => console.log('loaded'), ({ message }) => console.log(message))`
  const { code, stdout } = await runNode(['--input-type=module', '-e', script], {})
  expect([code, stdout.toString().trim()]).toEqual([0, 'koutu: expected Node 22.18 or newer but this is Node 20.9.0'])
  const { engines } = createRequire(import.meta.url)('../package.json') as { engines: { node: string } }
  expect(engines.node).toBe('>=22.18')
})
