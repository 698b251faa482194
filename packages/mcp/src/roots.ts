// Folders that a client of the older protocol names as its roots. They narrow what is allowed and never widen it.

import { fileURLToPath } from 'node:url'
import type { McpServer } from '@modelcontextprotocol/server'

/** Null where the client names none. */
export function clientRoots({ server }: McpServer): () => Promise<readonly string[] | null> {
  let asked: Promise<readonly string[] | null> | null = null
  const ask = async () => {
    if (!server.getClientCapabilities()?.roots) return null
    const { roots } = await server.listRoots()
    // Hosts that know roots but have no folder open give an empty list: they ask for no limit of theirs.
    if (roots.length === 0) return null
    return roots.flatMap(({ uri }) => {
      try {
        return [fileURLToPath(uri)]
      } catch {
        return []
      }
    })
  }
  server.setNotificationHandler('notifications/roots/list_changed', () => {
    asked = null
  })
  return () => {
    // A client that fails to answer has narrowed nothing it could name; nothing is allowed then.
    asked ??= ask().catch(() => [])
    return asked
  }
}
