// libvips always states a resolution in TIFF files (25.4 pixels per inch by default). This takes the claim back. TIFF 6.0.

const RESOLUTION_UNIT = 296
const NO_ABSOLUTE_UNIT = 1

/** `tiff`, changed in place: classic TIFF as libvips writes it, whose ResolutionUnit is set to "none". */
export function withoutTiffResolution(tiff: Uint8Array): Uint8Array {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const little = view.getUint8(0) === 0x49
  const directory = view.getUint32(4, little)
  const entries = view.getUint16(directory, little)
  for (let entry = directory + 2; entry < directory + 2 + entries * 12; entry += 12) {
    if (view.getUint16(entry, little) === RESOLUTION_UNIT) view.setUint16(entry + 8, NO_ABSOLUTE_UNIT, little)
  }
  return tiff
}
