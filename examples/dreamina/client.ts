// Dreamina's cutout tool from a program, with an account of your own. Run: DREAMINA_SESSIONID=… node client.ts photo.jpg
import { readFile, writeFile } from 'node:fs/promises'

const photo = await readFile(process.argv[2]!)
const { signal } = new AbortController()

// #region all
import { createDreaminaClient } from '@koutu/dreamina'
import { createFileJournal } from '@koutu/dreamina/node'

const client = createDreaminaClient({
  sessionId: process.env.DREAMINA_SESSIONID ?? '',
  region: 'CN',
  journal: createFileJournal(),
})
const { bytes, submitId } = await client.segment(photo, { signal, onEvent: console.error })
// #endregion
await writeFile(`${submitId}.png`, bytes)
