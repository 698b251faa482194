// The runner of this machine, in a process of its own.

import { createProcessRunner, type Runner } from '@koutu/server'

export function startRunner(): Runner {
  return createProcessRunner({
    entry: new URL(`./runner-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
  })
}
