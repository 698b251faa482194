import { describe, expect, it } from 'vitest'
import { readAdapters, type SystemPort } from './adapters.ts'

/** `files`: paths and what they hold; folders follow from them. */
function system(given: Partial<SystemPort>, files: Readonly<Record<string, string>> = {}): SystemPort {
  return {
    platform: 'linux',
    arch: 'x64',
    release: '6.1.0',
    processor: 'A Processor',
    home: '/home/jane',
    env: {},
    list: async (folder) => [
      ...new Set(
        Object.keys(files)
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1).split('/')[0]!),
      ),
    ],
    read: async (path) => files[path] ?? null,
    changedMs: async (path) => (path in files ? Date.UTC(2026, 2, 1) : null),
    output: async () => null,
    cudaLibrary: () => '/home/jane/app/libonnxruntime_providers_cuda.so',
    ...given,
  }
}

const INTEL = {
  '/sys/class/drm/card1/device/vendor': '0x8086\n',
  '/sys/class/drm/card1/device/device': '0x9a49\n',
  '/sys/class/drm/card1/device/uevent': 'DRIVER=i915\nPCI_CLASS=30000\n',
  '/sys/class/drm/card1-HDMI-A-1/status': 'connected',
  '/usr/share/vulkan/icd.d/intel_icd.x86_64.json': '{}',
}
const NVIDIA = {
  '/proc/driver/nvidia/version': 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22\n',
  '/usr/share/vulkan/icd.d/nvidia_icd.json': '{}',
}
const CUDA = { '/home/jane/app/libonnxruntime_providers_cuda.so': '' }

describe('on Linux', () => {
  it('names cards and drivers', async () => {
    expect(await readAdapters(system({}, INTEL))).toEqual({
      present: ['webgpu'],
      facts: ['linux 6.1.0 x64', 'A Processor', 'pci 0x8086:0x9a49 i915', 'vulkan intel_icd.x86_64.json of 2026-03-01'],
    })
  })

  it('counts CUDA where its driver and its library are here', async () => {
    expect(await readAdapters(system({}, { ...NVIDIA, ...CUDA }))).toEqual({
      present: ['cuda', 'webgpu'],
      facts: ['linux 6.1.0 x64', 'A Processor', 'nvidia 550.54.14', 'vulkan nvidia_icd.json of 2026-03-01'],
    })
    expect((await readAdapters(system({}, NVIDIA))).present).toEqual(['webgpu'])
    expect((await readAdapters(system({}, CUDA))).present).toEqual([])
    expect((await readAdapters(system({ cudaLibrary: () => null }, NVIDIA))).present).toEqual(['webgpu'])
  })

  it('finds nothing where hardware or driver is missing', async () => {
    const software = { '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json': '{}' }
    expect((await readAdapters(system({}, software))).present).toEqual([])
    const { '/usr/share/vulkan/icd.d/intel_icd.x86_64.json': _, ...noDriver } = INTEL
    expect((await readAdapters(system({}, noDriver))).present).toEqual([])
    expect((await readAdapters(system({}))).facts).toEqual(['linux 6.1.0 x64', 'A Processor'])
  })

  it('takes drivers that the user names, without their folders', async () => {
    const env = { VK_DRIVER_FILES: '/home/jane/a.json:/home/jane/missing.json' }
    const files = { '/home/jane/a.json': '{}', ...INTEL }
    const { present, facts } = await readAdapters(system({ env }, files))
    expect(present).toEqual(['webgpu'])
    expect(facts.filter((fact) => fact.startsWith('vulkan'))).toEqual(['vulkan a.json of 2026-03-01'])
    expect(facts.join()).not.toContain('jane')
  })

  it('has no accelerators on other processors', async () => {
    expect((await readAdapters(system({ arch: 'arm64' }, INTEL))).present).toEqual([])
  })
})

it('asks the registry of Windows for cards and drivers', async () => {
  const output: SystemPort['output'] = async (_, args) =>
    args.at(-1) === 'DriverDesc'
      ? 'HKEY…\\0000\r\n    DriverDesc    REG_SZ    A Card (TM)\r\n'
      : 'HKEY…\\0000\r\n    DriverVersion    REG_SZ    31.0.15.3623\r\n'
  const windows = { platform: 'win32', release: '10.0.22631' }
  expect(await readAdapters(system({ ...windows, output }))).toEqual({
    present: ['dml', 'webgpu'],
    facts: ['win32 10.0.22631 x64', 'A Processor', 'A Card (TM)', '31.0.15.3623'],
  })
  expect((await readAdapters(system(windows))).facts).toHaveLength(2)
})

it('takes the drivers of macOS for a part of it', async () => {
  const mac = { platform: 'darwin', arch: 'arm64', release: '25.1.0', processor: 'Apple M4' }
  expect(await readAdapters(system(mac))).toEqual({
    present: ['webgpu', 'coreml'],
    facts: ['darwin 25.1.0 arm64', 'Apple M4'],
  })
})
