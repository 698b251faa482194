// What is known of each accelerator before anything is loaded: its name, where it can be, and what it needs. Pure.

import type { Accelerator } from '@koutu/core'
import { version } from '@koutu/ort/version'

interface AcceleratorFacts {
  /** As its makers write it. */
  readonly name: string
  /** What helps where it cannot be used. */
  readonly help: string
}

export const ACCELERATOR_FACTS: Readonly<Record<Accelerator, AcceleratorFacts>> = {
  webgpu: {
    name: 'WebGPU',
    help: 'It needs a driver for Vulkan with its loader on Linux (libvulkan1, mesa-vulkan-drivers or the driver of the maker), for Direct3D 12 on Windows, and nothing else on macOS',
  },
  cuda: {
    name: 'CUDA',
    help: `It needs an NVIDIA driver, CUDA 12 with cuDNN 9, and onnxruntime-node with its install script allowed: npm install onnxruntime-node@${version}`,
  },
  coreml: { name: 'Core ML', help: 'It is a part of macOS on Apple silicon' },
  dml: { name: 'DirectML', help: 'It needs Windows 10 1903 or newer and a driver for Direct3D 12' },
}

/** By `process.platform` and `process.arch`: what their runtime may hold, what is expected to be fastest first. */
const PLATFORMS: Readonly<Record<string, readonly Accelerator[]>> = {
  'linux-x64': ['cuda', 'webgpu'],
  'win32-x64': ['dml', 'webgpu'],
  'darwin-arm64': ['webgpu', 'coreml'],
}

/** What `auto` tries, in this order. `platform`: such as linux-x64. */
export function acceleratorsOf(platform: string): readonly Accelerator[] {
  return PLATFORMS[platform] ?? []
}
