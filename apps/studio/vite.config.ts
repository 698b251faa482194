// Builds the page to dist/: hashed names under `studio/`, relative addresses, so that it also works from a folder.

import { defineConfig } from 'vite'
import { solverFiles } from './solver-files.ts'

export default defineConfig({
  base: './',
  resolve: { conditions: ['@koutu/source'] },
  plugins: [solverFiles()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    assetsDir: 'studio',
    // `data:` addresses would have to be allowed by the page's policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
