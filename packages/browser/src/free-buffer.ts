// Memory that is given back now, and not when the collector comes by.

/** What lies in the buffer cannot be read from then on. */
export function freeBuffer(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}
