// `koutu completion SHELL`: prints the script that completes commands, flags and values. Made from the table of commands.

import { invalidOptions } from '@koutu/core'
import type { Environment } from '../environment.ts'
import { bashScript } from './bash.ts'
import { completedCommands } from './completed-commands.ts'
import { fishScript } from './fish.ts'
import { SHELLS, type Shell } from './shells.ts'
import { zshScript } from './zsh.ts'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<Shell, unknown>

/** Errors: INVALID_OPTIONS for an unknown shell. */
export async function printCompletion(name: string, { stdout }: Environment): Promise<number> {
  const shell = SHELLS.find((one) => one === name)
  if (!shell) {
    throw invalidOptions([{ path: '<shell>', message: `Expected one of ${SHELLS.join(', ')} but received '${name}'` }])
  }
  stdout.write(SCRIPTS[shell](await completedCommands()))
  return 0
}
