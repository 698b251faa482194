// Keys for the command: those of the database itself, or through the server that has it open.

import type { Socket } from 'node:net'
import { connectToOwner } from '../db/folder-lock.ts'
import { openDatabase } from '../db/open-database.ts'
import { openJournal } from '../db/record-journal.ts'
import { openSecret } from '../db/secrets.ts'
import type { DatabaseSettings } from '../db/settings.ts'
import type { Logger } from '../ports/ports.ts'
import { createKeyService } from './create-key-service.ts'
import type { KeyService } from './key-service.ts'
import { keysOver } from './keys-socket.ts'

export type OpenKeys = Omit<KeyService, 'authenticate' | 'find'> & AsyncDisposable

/** Errors: DATABASE_UNAVAILABLE, DATA_FOLDER_IN_USE. */
export async function openKeys(settings: DatabaseSettings, logger: Logger): Promise<OpenKeys> {
  if (settings.type === 'folder') {
    const first = await connectToOwner(settings.folder)
    if (first) return throughOwner(settings.folder, first)
  }
  const { database } = await openDatabase(settings, { logger, onConnection: (socket) => socket.destroy() })
  const keys = createKeyService(database, await openSecret(database), Date.now, openJournal(settings, logger))
  return { ...keys, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

function throughOwner(folder: string, first: Socket): OpenKeys {
  first.destroy()
  const connect = async () => {
    const socket = await connectToOwner(folder)
    if (!socket) throw new Error('the server has stopped')
    return socket
  }
  return { ...keysOver(connect), async [Symbol.asyncDispose]() {} }
}
