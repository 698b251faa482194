// AVIF, which no canvas writes: by libavif as WebAssembly, from the folder of files.

import type { AssetStore } from '../files/asset-store.ts'
import { importCode } from '../files/import-code.ts'
import type { AssetCode } from '../files/manifest.ts'
import { toRgba } from './rgba.ts'
import { loadRows, type StoredRaster } from './stored-raster.ts'

/** libavif through Emscripten. */
interface Encoder {
  encode(rgba: Uint8Array, width: number, height: number, settings: object): Uint8Array<ArrayBuffer> | null
}
type Script = { default(settings: { wasmBinary: Uint8Array; noInitialRun: true }): Promise<Encoder> }

/** As in Node: full color resolution, and the speed that costs little and compresses well. Its binding wants every field. */
const SETTINGS = {
  qualityAlpha: -1,
  denoiseLevel: 0,
  tileRowsLog2: 0,
  tileColsLog2: 0,
  speed: 7,
  subsample: 3,
  chromaDeltaQ: false,
  sharpness: 0,
  enableSharpYUV: false,
  tune: 0,
  bitDepth: 8,
  lossless: false,
}

/** Started for each image, since it never gives memory back. Errors: ASSET_*. */
export async function writeAvif(
  raster: StoredRaster,
  quality: number,
  { script, wasm }: AssetCode,
  files: Pick<AssetStore, 'read' | 'urlOf'>,
): Promise<Blob> {
  const { default: start } = await importCode<Script>(files.urlOf(script))
  const encoder = await start({ wasmBinary: await files.read(wasm), noInitialRun: true })
  const rgba = toRgba(await loadRows(raster))
  const bytes = new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.byteLength)
  const file = encoder.encode(bytes, raster.width, raster.height, { ...SETTINGS, quality })
  if (!file) throw new Error('libavif could not write this image')
  return new Blob([file], { type: 'image/avif' })
}
