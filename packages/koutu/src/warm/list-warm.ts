// The processes that commands with `--keep-warm` have left.

import { connectWarm } from './connection.ts'
import type { WarmFacts } from './warm-messages.ts'
import { socketsIn, warmFolders } from './warm-socket.ts'

export async function listWarm(cacheDir: string): Promise<readonly WarmFacts[]> {
  const found = await Promise.all(warmFolders(cacheDir).flatMap(socketsIn).map(connectWarm))
  return found.flatMap((connection) => {
    if (typeof connection === 'string') return []
    connection.socket.destroy()
    return [connection.facts]
  })
}
