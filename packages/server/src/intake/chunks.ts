// Bytes gathered from chunks of any size. A chunk costs over 100 bytes of its own, so small ones are copied together.

/** Chunks below this are copied; larger ones are kept as they came. */
const SMALL_BYTES = 2 ** 12
const BLOCK_BYTES = 2 ** 16

export class Chunks {
  #bytes = 0
  #parts: Uint8Array[] = []
  /** The block that small chunks are copied into, and how much of it is used. */
  #block: Uint8Array | null = null
  #used = 0

  get bytes(): number {
    return this.#bytes
  }

  /** How many buffers are held. Grows with the bytes, not with the chunks. */
  get buffers(): number {
    return this.#parts.length + (this.#block ? 1 : 0)
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (chunk.length >= SMALL_BYTES) {
      this.#closeBlock()
      this.#parts.push(chunk)
      return
    }
    if (this.#block && this.#used + chunk.length > this.#block.length) this.#closeBlock()
    this.#block ??= new Uint8Array(BLOCK_BYTES)
    this.#block.set(chunk, this.#used)
    this.#used += chunk.length
  }

  /** All bytes in one buffer. They stay held. */
  joined(): Uint8Array {
    this.#closeBlock()
    if (this.#parts.length !== 1) this.#parts = [Buffer.concat(this.#parts, this.#bytes)]
    return this.#parts[0]!
  }

  /** As `joined`, and starts anew. */
  take(): Uint8Array {
    const whole = this.joined()
    this.takeParts()
    return whole
  }

  /** All bytes, uncopied, in the order they came. Starts anew. */
  takeParts(): Uint8Array[] {
    this.#closeBlock()
    const parts = this.#parts
    this.#parts = []
    this.#bytes = 0
    return parts
  }

  #closeBlock(): void {
    if (!this.#block) return
    // The rest of the block would stay in memory with a view of it.
    this.#parts.push(this.#used < this.#block.length ? this.#block.slice(0, this.#used) : this.#block)
    this.#block = null
    this.#used = 0
  }
}
