// The runner of this machine, in a process of its own.

import type { Device } from '@koutu/core'
import { createProcessRunner, type Runner } from '@koutu/server'

/** `device`: what runs the network. */
export function startRunner(device: Device): Runner {
  return createProcessRunner({
    entry: new URL(`./runner-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
    args: [device],
  })
}
