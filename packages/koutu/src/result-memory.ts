// The memory of results, from their mattes until they are files or their callers have gone on without. Images take turns in it:
// small ones side by side, the largest one by one.

import { createByteBudget } from './byte-budget.ts'

export interface ResultMemory {
  /** Waits for room for so many bytes in all. What is held already stays where it is enough. Errors: ABORTED. */
  take(bytes: number, signal?: AbortSignal): Promise<void>
  /** Gives everything back. May come at any time: what is taken later is given back at once. */
  release(): void
}

export interface ResultMemories {
  /** For one result. `isMade`: whether it exists already, so that making it a file goes before making others. */
  open(isMade?: boolean): ResultMemory
}

/**
 * For each image in progress, on the average. With four of them, photos of 8 megapixels never wait for each other, and large ones
 * take 1.3 GB as PNG and 1.7 GB as WebP, together with program and network.
 */
const BYTES_PER_IMAGE = 200 * 2 ** 20
const USUAL_IMAGES = 4
/** And that much of all memory where there is little. */
const MEMORY_SHARE = 1 / 3

/** `images`: in progress at once, of all that share the memory; infinite where others see to it. */
export function createResultMemories(images: number, memoryBytes: number): ResultMemories {
  const bytes = (Number.isFinite(images) ? images : USUAL_IMAGES) * BYTES_PER_IMAGE
  const budget = createByteBudget(Math.min(bytes, memoryBytes * MEMORY_SHARE))
  return {
    open(isMade = false) {
      let heldBytes = 0
      let leave = () => {}
      let isReleased = false
      return {
        async take(bytes, signal) {
          if (bytes <= heldBytes) return
          // Two that kept what they have could wait for each other.
          leave()
          const isNext = isMade || heldBytes > 0
          heldBytes = 0
          leave = await budget.take(bytes, signal, isNext)
          heldBytes = bytes
          if (isReleased) leave()
        },
        release() {
          isReleased = true
          leave()
        },
      }
    },
  }
}
