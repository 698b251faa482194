// What the header of an ICC profile says. ICC.1:2022, section 7.2.

const SIGNATURE_AT = 36
const SPACE_AT = 16
const HEADER_BYTES = 128

/** Color space of the profile's device side, such as `RGB`, `GRAY` or `CMYK`; null where the bytes are no profile, or not all of it. */
export function iccSpace(icc: Uint8Array): string | null {
  const name = (at: number): string => String.fromCharCode(...icc.subarray(at, at + 4))
  if (icc.length < HEADER_BYTES || name(SIGNATURE_AT) !== 'acsp') return null
  if (new DataView(icc.buffer, icc.byteOffset, icc.byteLength).getUint32(0) > icc.length) return null
  return name(SPACE_AT).trim()
}
