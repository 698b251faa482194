// Memory that is given back now, and not when the collector comes by.

/**
 * What lies in the buffer cannot be read from then on. It is sent to nobody: what `transfer` detaches, a browser that has once looked
 * at the buffer, to hash it or to make a Blob of it, goes on holding.
 */
export function freeBuffer(buffer: ArrayBufferLike): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.detached) return
  const { port1, port2 } = new MessageChannel()
  port2.close()
  port1.postMessage(null, [buffer])
  port1.close()
}
