// The handles of each owner: nobody can name another's results. Kept by this process, since a handle is a convenience within a
// conversation; the results themselves are jobs.

import type { Session } from '@koutu/mcp'

export interface Sessions {
  of(ownerId: string): Promise<Session>
}

/** Owners who are remembered; the one who was longest silent is forgotten first. */
const MAX_OWNERS = 200

export function createSessions(): Sessions {
  const sessions = new Map<string, Session>()
  // One budget of memory for all owners.
  let images: Session['images'] | null = null
  return {
    async of(ownerId) {
      const { createHeldImages, createSession } = await import('@koutu/mcp')
      images ??= createHeldImages()
      const session = sessions.get(ownerId) ?? createSession(images)
      sessions.delete(ownerId)
      sessions.set(ownerId, session)
      for (const [oldest] of sessions) {
        if (sessions.size <= MAX_OWNERS) break
        sessions.delete(oldest)
      }
      return session
    },
  }
}
