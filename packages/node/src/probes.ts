// Checks that the native parts work on this machine, and reports their versions.

/** Versions of the codec's libraries, after one pixel has gone through them. Throws where they do not load. */
export async function probeCodec(): Promise<string> {
  const { default: sharp } = await import('sharp')
  const pixel = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .raw()
    .toBuffer()
  if (pixel[0] !== 255) throw new Error(`expected a red pixel but sharp made ${[...pixel].join(' ')}`)
  return `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`
}

/** What the inference runtime was built to run networks on. Throws where it does not load. */
export async function probeProviders(): Promise<readonly string[]> {
  return (await import('./engine/onnxruntime.ts')).providers
}

/** Version of the inference runtime. Throws where it does not load. */
export async function probeRuntime(): Promise<string> {
  const { env, isWasm } = await import('./engine/onnxruntime.ts')
  return `onnxruntime ${env.versions.node ?? env.versions.web ?? env.versions.common}${isWasm ? ', as WebAssembly: slow' : ''}`
}
