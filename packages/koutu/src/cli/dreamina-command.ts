// `koutu dreamina login|status|logout|resume|explain`: prints what the package's own commands answer.

import { KoutuError, Options, resolveWith } from '@koutu/core'
import { explainFile, login, logout, readSecret, resume, status } from '@koutu/dreamina/node'
import { dreaminaSetup } from '../dreamina-setup.ts'
import type { CutoutEnvironment } from './cutout-command.ts'

export type DreaminaCommand =
  | { readonly name: 'login' | 'status' | 'logout' }
  | { readonly name: 'resume'; readonly id: string | undefined }
  | { readonly name: 'explain'; readonly path: string }

export interface DreaminaFlags {
  readonly json?: boolean
  readonly region?: string
  readonly output?: string
}

/** Returns the exit code. */
export async function runDreamina(
  command: DreaminaCommand,
  flags: DreaminaFlags,
  env: CutoutEnvironment,
): Promise<number> {
  const { dreaminaRegion } = resolveWith(
    Options.pick({ dreaminaRegion: true }),
    flags.region ? { dreaminaRegion: flags.region } : {},
  )
  const setup = dreaminaSetup(dreaminaRegion)
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
        return resume({ ...(command.id ? { id: command.id } : {}), folder: flags.output ?? '.' }, setup, ctx)
      case 'explain':
        return explainFile(command.path, setup)
    }
  }
  const result = await run()
  if (env.signal.aborted) throw new KoutuError('ABORTED')
  for (const { message } of result.warnings) env.stderr.write(`${message}\n`)
  env.stdout.write(`${flags.json ? JSON.stringify(result.json) : result.text}\n`)
  return result.exit
}
