// The formats of results and of their files. Knows no schema.

export const OUTPUT_FORMATS = ['png', 'webp', 'avif', 'jpeg', 'tiff', 'zip', 'psd'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

export const FORMAT_FILES: Readonly<Record<OutputFormat, { readonly extension: string; readonly mimeType: string }>> = {
  png: { extension: 'png', mimeType: 'image/png' },
  webp: { extension: 'webp', mimeType: 'image/webp' },
  avif: { extension: 'avif', mimeType: 'image/avif' },
  jpeg: { extension: 'jpg', mimeType: 'image/jpeg' },
  tiff: { extension: 'tiff', mimeType: 'image/tiff' },
  zip: { extension: 'zip', mimeType: 'application/zip' },
  psd: { extension: 'psd', mimeType: 'image/vnd.adobe.photoshop' },
}
