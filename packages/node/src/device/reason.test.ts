import { KoutuError } from '@koutu/core'
import { expect, it } from 'vitest'
import { reasonOf } from './reason.ts'

it.each([
  [
    'Failed to load library /home/jane doe/app/node_modules/x/libonnxruntime_providers_shared.so with error: no such file',
    'Failed to load library libonnxruntime_providers_shared.so with error: no such file',
  ],
  ["cannot open '/Users/jane/it.onnx'.", "cannot open 'it.onnx'"],
  ['at C:\\Users\\Jane Doe\\AppData\\DirectML.dll failed', 'at DirectML.dll failed'],
  ['Vulkan/D3D12 and/or nothing', 'Vulkan/D3D12 and/or nothing'],
  [
    'webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize()::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters.',
    'Failed to get a WebGPU adapter: No supported adapters',
  ],
  ['lost\nat line 7 of /home/jane/x.cc', 'lost'],
  ['', 'it gave no reason'],
])('names what is wrong, and no folder: %s', (message, reason) => {
  expect(reasonOf(new Error(message))).toBe(reason)
})

it('leaves out what an error code says anyway', () => {
  expect(reasonOf(new KoutuError('ENGINE_FAILED', { detail: 'the device was lost' }))).toBe('the device was lost')
  expect(reasonOf('text')).toBe('text')
})
