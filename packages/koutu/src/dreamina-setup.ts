// How koutu reaches Dreamina: region from the options, addresses from the environment.

import type { DreaminaEndpoints } from '@koutu/dreamina'
import type { DreaminaSetup } from '@koutu/dreamina/node'
import type { DreaminaOptions } from '@koutu/dreamina/options'

/** Variables that replace a region's own origins, for proxies and for servers that speak the same protocol. */
const ENDPOINT_VARIABLES = {
  api: 'KOUTU_DREAMINA_API',
  commerce: 'KOUTU_DREAMINA_COMMERCE',
  imagex: 'KOUTU_DREAMINA_IMAGEX',
  upload: 'KOUTU_DREAMINA_UPLOAD',
} as const satisfies Record<keyof DreaminaEndpoints, string>

export function dreaminaSetup(
  region: DreaminaOptions['dreaminaRegion'],
  env: NodeJS.ProcessEnv = process.env,
): DreaminaSetup {
  const endpoints = Object.fromEntries(
    Object.entries(ENDPOINT_VARIABLES).flatMap(([name, variable]) => (env[variable] ? [[name, env[variable]]] : [])),
  ) as DreaminaEndpoints
  return { env, endpoints, ...(region ? { region } : {}) }
}
