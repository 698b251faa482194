// The skills of this package, which a host may load into its model: when to use koutu, and how.

import { fileURLToPath } from 'node:url'
import type { McpServer } from '@modelcontextprotocol/server'
import type { SkillCatalog } from '@modelcontextprotocol/server/ext/skills'
import { loadSkills } from '@modelcontextprotocol/server/ext/skills/node'

const FOLDER = fileURLToPath(new URL('../skills', import.meta.url))

let loaded: Promise<SkillCatalog> | null = null

/** Serves them on this connection. Read once. */
export async function attachSkills(server: McpServer): Promise<void> {
  loaded ??= loadSkills(FOLDER, { strict: true })
  ;(await loaded).attach(server)
}
