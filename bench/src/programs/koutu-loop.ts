// Koutu's library in a loop: one image after another, each from its path to the encoded PNG.

import { createRemover } from 'koutu'
import type { LoopAnswer, LoopRequest } from './messages.ts'

process.once('message', async ({ pictures, warmUps, options }: LoopRequest) => {
  const remover = await createRemover(options)
  const call = async (path: string): Promise<LoopAnswer> => {
    const begin = performance.now()
    try {
      const { image, report } = await remover.remove(path)
      await image.bytes()
      return { path, ms: performance.now() - begin, timingsMs: report.timingsMs, precision: report.precision }
    } catch (error) {
      return { path, error: String(error) }
    }
  }
  for (const path of pictures.slice(0, warmUps)) await call(path)
  for (const path of pictures) process.send?.(await call(path))
  await remover[Symbol.asyncDispose]()
  process.disconnect()
})
