// Formats that are decoded by an optional package: what it is called and how it is missed.

import { createRequire } from 'node:module'
import { KoutuError } from '@koutu/core/errors'

export const OPTIONAL_DECODERS = {
  heic: { name: 'HEIC', packageName: 'heic-decode' },
  jxl: { name: 'JPEG XL', packageName: 'jxl-oxide-wasm' },
  jp2: { name: 'JPEG 2000', packageName: '@cornerstonejs/codec-openjpeg' },
} as const satisfies Record<string, { readonly name: string; readonly packageName: string }>

export type OptionalFormat = keyof typeof OPTIONAL_DECODERS

/** Packages that decode in place of the usual ones, for tests. */
export type DecoderPackages = Partial<Record<OptionalFormat, string>>

export function isOptional(format: string): format is OptionalFormat {
  return format in OPTIONAL_DECODERS
}

/** Each format with the package that decodes it, and whether that is installed. */
export function listOptionalDecoders(): readonly { name: string; packageName: string; isInstalled: boolean }[] {
  const { resolve } = createRequire(import.meta.url)
  return Object.values(OPTIONAL_DECODERS).map(({ name, packageName }) => {
    try {
      resolve(`${packageName}/package.json`)
      return { name, packageName, isInstalled: true }
    } catch (error) {
      // A package that keeps its package.json to itself is there all the same.
      return { name, packageName, isInstalled: (error as { code?: string }).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' }
    }
  })
}

export function missingDecoder(format: OptionalFormat, packageName: string): KoutuError {
  return new KoutuError('CODEC_MISSING', {
    detail: `${OPTIONAL_DECODERS[format].name} images need the package '${packageName}': install it with 'npm install ${packageName}'`,
    data: { package: packageName },
  })
}
