// Weights in half their bytes, where nothing is lost by it: published as float16, they were widened when the graph was prepared.

/** float16 of a file of little-endian float32, or null where a value has no exact half. */
export function toHalves(floats: Uint8Array): Uint8Array | null {
  if (floats.byteLength % 4 !== 0) return null
  const aligned = floats.byteOffset % 4 === 0 ? floats : floats.slice()
  const values = new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4)
  const halves = new Float16Array(values)
  for (let i = 0; i < values.length; i++) if (halves[i] !== values[i]) return null
  return new Uint8Array(halves.buffer)
}
