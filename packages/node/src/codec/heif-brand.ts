// Decoders choose by the major brand of the `ftyp` box and do not list those of sequences and of scalable HEIC, whose still
// image is read like any other. ISO/IEC 14496-12, section 4.3; 23008-12, annex B; AV1 Image File Format, section 7.

const MAJOR_BRAND_AT = 8
const STILL_BRANDS: Readonly<Record<string, string>> = {
  avis: 'avif',
  heim: 'heic',
  heis: 'heic',
  hevm: 'heic',
  hevs: 'heic',
}

/** `bytes` with a major brand that decoders know: a copy where it has to be changed. */
export function withKnownBrand(bytes: Uint8Array): Uint8Array {
  const brand = String.fromCharCode(...bytes.subarray(MAJOR_BRAND_AT, MAJOR_BRAND_AT + 4))
  const still = STILL_BRANDS[brand]
  if (!still) return bytes
  const copy = bytes.slice()
  copy.set(Buffer.from(still, 'latin1'), MAJOR_BRAND_AT)
  return copy
}
