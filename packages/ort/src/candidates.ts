// Which packages may hold the runtime, best first. A module of its own, since the runtime takes a while to load.

const WASM = ['@koutu/ort-wasm', 'onnxruntime-web'] as const

/** KOUTU_RUNTIME=wasm leaves out native code. KOUTU_RUNTIME=node takes nothing but onnxruntime-node: the packs have no CUDA. */
export function candidates(env: Readonly<Record<string, string | undefined>> = process.env): readonly string[] {
  if (env.KOUTU_RUNTIME === 'wasm') return WASM
  if (env.KOUTU_RUNTIME === 'node') return ['onnxruntime-node']
  const { platform, arch } = process
  const musl = platform === 'linux' ? [`@koutu/ort-linuxmusl-${arch}`] : []
  return [`@koutu/ort-${platform}-${arch}`, ...musl, 'onnxruntime-node', ...WASM]
}

/** The first that is installed. What was measured of one does not hold for another. */
export function installedRuntime(): string | null {
  const isInstalled = (name: string) => {
    try {
      return import.meta.resolve(name) !== ''
    } catch {
      return false
    }
  }
  return candidates().find(isInstalled) ?? null
}
