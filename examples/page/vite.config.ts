// Sends the headers with which pages and their workers may use threads.

// #region all
import { defineConfig } from 'vite'

const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({ server: { headers }, preview: { headers } })
// #endregion
