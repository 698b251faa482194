// What this browser offers.

import { productKind } from '../engine/integers/product-kind.ts'
import type { BrowserFacts } from '../engine/provider.ts'

interface Gpu {
  requestAdapter(options: object): Promise<{
    readonly features?: ReadonlySet<string>
    readonly info?: { readonly isFallbackAdapter?: boolean; readonly architecture?: string }
  } | null>
}

export async function browserFacts(): Promise<BrowserFacts> {
  const { gpu, hardwareConcurrency, userAgent } = navigator as Navigator & { readonly gpu?: Gpu }
  const facts = {
    isIsolated: crossOriginIsolated,
    processors: hardwareConcurrency,
    products: productKind(),
    isPhone: /iPhone|iPad|Android/.test(userAgent),
  }
  // The runtime waits for the graphics processor by suspending WebAssembly.
  if (!gpu || !('Suspending' in WebAssembly)) {
    const webgpuMissing = gpu ? 'this browser cannot suspend WebAssembly (JSPI)' : 'this browser has none for this page'
    return { ...facts, webgpuMissing, isGpuEmulated: false, hasHalves: false }
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null)
  return {
    ...facts,
    hasHalves: adapter?.features?.has('shader-f16') === true,
    webgpuMissing: adapter ? null : 'there is no graphics processor that it could use',
    isGpuEmulated: adapter?.info?.isFallbackAdapter === true || adapter?.info?.architecture === 'swiftshader',
  }
}
