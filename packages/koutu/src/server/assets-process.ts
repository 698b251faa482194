// The process that writes the files for browsers, and ends: preparing networks takes seconds and hundreds of megabytes.

import { type CallMessage, createResponder } from '@koutu/core/channel'
import { offerToKernel } from '@koutu/node'
import { optionalPackage } from '../optional-package.ts'
import type { AssetCalls } from './assets.ts'

// As a process that works on images: the server itself stays.
offerToKernel(500)
const responder = createResponder<AssetCalls>(
  {
    async write({ folder, request }, ctx) {
      const { assetFiles, writeAssets } = await optionalPackage(
        '@koutu/browser',
        () => import('../browser-assets/write-assets.ts'),
      )
      const manifest = await writeAssets(folder, request, ctx)
      return ['manifest.json', ...assetFiles(manifest).map(({ name }) => name)]
    },
  },
  // The other side may be gone.
  { post: (message) => process.send?.(message, undefined, undefined, () => {}) },
)
process.on('message', (message: CallMessage) => responder.receive(message))
process.on('disconnect', () => process.exit())
// The one that started this process decides.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
