// For koutu in Next.js. `output` and what belongs to it are needed for a standalone folder only.
// #region all
export default {
  serverExternalPackages: ['koutu'],
  output: 'standalone',
  outputFileTracingIncludes: {
    '/api/cutout': ['./node_modules/{koutu,@koutu/*}/**', './node_modules/{sharp,@img/*,onnxruntime-common}/**'],
  },
}
// #endregion
