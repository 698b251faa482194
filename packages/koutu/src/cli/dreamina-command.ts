// `koutu dreamina login|status|logout|resume|explain`: prints the results of the package's own commands.

import { KoutuError } from '@koutu/core'
import { explainFile, login, logout, readSecret, resume, status } from '@koutu/dreamina/node'
import type { DreaminaOptions } from '@koutu/dreamina/options'
import { dreaminaSetup } from '../dreamina-setup.ts'
import type { Environment } from './environment.ts'

export type DreaminaCommand =
  | { readonly name: 'login' | 'status' | 'logout' }
  | { readonly name: 'resume'; readonly id: string | undefined; readonly folder: string }
  | { readonly name: 'explain'; readonly path: string }

export interface DreaminaFlags {
  readonly json: boolean
  readonly region?: DreaminaOptions['dreaminaRegion']
}

/** Returns the exit code. */
export async function runDreamina(
  command: DreaminaCommand,
  { json, region }: DreaminaFlags,
  env: Environment,
): Promise<number> {
  const setup = dreaminaSetup(region)
  const ctx = { signal: env.signal }
  const run = async () => {
    switch (command.name) {
      case 'login': {
        const secret = await readSecret({
          input: process.stdin,
          output: env.stderr,
          question: 'Session id or cookie (not shown): ',
        })
        return login(secret, setup, ctx)
      }
      case 'status':
        return status(setup, ctx)
      case 'logout':
        return logout(setup)
      case 'resume':
        return resume({ ...(command.id ? { id: command.id } : {}), folder: command.folder }, setup, ctx)
      case 'explain':
        return explainFile(command.path, setup)
    }
  }
  const result = await run()
  if (env.signal.aborted) throw new KoutuError('ABORTED')
  for (const { message } of result.warnings) env.stderr.write(`${message}\n`)
  env.stdout.write(`${json ? JSON.stringify(result.json) : result.text}\n`)
  return result.exit
}
