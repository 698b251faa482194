// What graphics processors and drivers a machine has, as far as the system says so without anything being loaded: whether a
// trial makes sense, and what its result depends on. Asks the system through a port.

import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, cpus, homedir, platform, release } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Accelerator } from '@koutu/core'
import { acceleratorsOf } from './accelerators.ts'

export interface Adapters {
  /** Whose hardware and libraries seem to be here, what is expected to be fastest first. */
  readonly present: readonly Accelerator[]
  /** Hardware and drivers in words, without paths and names of people. */
  readonly facts: readonly string[]
}

export interface SystemPort {
  readonly platform: string
  readonly arch: string
  readonly release: string
  readonly processor: string
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Names in a folder; none where it is not there. */
  list(folder: string): Promise<readonly string[]>
  /** Null where there is no such file. */
  read(path: string): Promise<string | null>
  /** When a file was last changed; null where there is none. */
  changedMs(path: string): Promise<number | null>
  /** What a program prints; null where it fails. */
  output(program: string, args: readonly string[]): Promise<string | null>
  /** Where the library of an accelerator lies beside onnxruntime; null where that is not installed. */
  cudaLibrary(): string | null
}

export async function readAdapters(system: SystemPort = THIS_MACHINE): Promise<Adapters> {
  const possible = acceleratorsOf(`${system.platform}-${system.arch}`)
  const machine = [`${system.platform} ${system.release} ${system.arch}`, system.processor]
  if (system.platform !== 'linux') {
    const drivers = system.platform === 'win32' ? await windowsDrivers(system) : []
    return { present: possible, facts: [...machine, ...drivers] }
  }
  const cards = await linuxCards(system)
  const nvidia = await nvidiaDriver(system)
  const vulkan = await vulkanDrivers(system)
  const hasHardware = cards.length > 0 || nvidia.length > 0 || (await system.list('/dev')).includes('dxg')
  const isPresent: Partial<Record<Accelerator, boolean>> = {
    cuda: nvidia.length > 0 && (await hasCuda(system)),
    // Drivers that the user names count, whatever they are for.
    webgpu: vulkan.length > 0 && (hasHardware || namedDrivers(system).length > 0),
  }
  return {
    present: possible.filter((one) => isPresent[one]),
    facts: [...machine, ...cards, ...nvidia, ...vulkan],
  }
}

async function hasCuda(system: SystemPort): Promise<boolean> {
  const path = system.cudaLibrary()
  return path !== null && (await system.changedMs(path)) !== null
}

/** Each card as `pci 0x8086:0x9a49 i915`. */
async function linuxCards(system: SystemPort): Promise<string[]> {
  const folder = '/sys/class/drm'
  const names = (await system.list(folder)).filter((name) => /^card\d+$/.test(name)).sort()
  const cards = await Promise.all(
    names.map(async (name) => {
      const read = (file: string) => system.read(`${folder}/${name}/device/${file}`)
      const [vendor, device, uevent] = await Promise.all([read('vendor'), read('device'), read('uevent')])
      const driver = /^DRIVER=(\S+)$/m.exec(uevent ?? '')?.[1] ?? 'no driver'
      return vendor && device ? `pci ${vendor.trim()}:${device.trim()} ${driver}` : null
    }),
  )
  return cards.filter((card) => card !== null)
}

async function nvidiaDriver(system: SystemPort): Promise<string[]> {
  const text = await system.read('/proc/driver/nvidia/version')
  const version = /\b\d{3}\.\d+(\.\d+)?\b/.exec(text ?? '')?.[0]
  return version === undefined ? [] : [`nvidia ${version}`]
}

/** Of Vulkan, named by the user in place of the system's own. */
function namedDrivers({ env }: SystemPort): string[] {
  const value = env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES
  return value ? value.split(':').filter(Boolean) : []
}

/** Each as `vulkan intel_icd.x86_64.json of 2026-03-01`: its package writes the file anew with each version. */
async function vulkanDrivers(system: SystemPort): Promise<string[]> {
  const folders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d']
  folders.push(join(system.home, '.local/share/vulkan/icd.d'))
  const listed = await Promise.all(
    folders.map(async (folder) => (await system.list(folder)).map((name) => join(folder, name))),
  )
  const named = namedDrivers(system)
  const files = (named.length > 0 ? named : listed.flat()).filter((file) => file.endsWith('.json'))
  const drivers = await Promise.all(
    files.map(async (file) => {
      const changedMs = await system.changedMs(file)
      return changedMs === null ? null : `vulkan ${basename(file)} of ${new Date(changedMs).toISOString().slice(0, 10)}`
    }),
  )
  return drivers.filter((driver) => driver !== null).sort()
}

/** The class of display adapters in the registry. */
const DISPLAY_CLASS = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e968-e325-11ce-bfc1-08002be10318}'

async function windowsDrivers(system: SystemPort): Promise<string[]> {
  const values = await Promise.all(
    ['DriverDesc', 'DriverVersion'].map(async (name) => {
      const text = await system.output('reg', ['query', DISPLAY_CLASS, '/s', '/v', name])
      const values = (text ?? '').split('\n').map((line) => line.split('REG_SZ')[1]?.trim())
      return values.filter((value): value is string => Boolean(value))
    }),
  )
  return values.flat()
}

const THIS_MACHINE: SystemPort = {
  platform: platform(),
  arch: arch(),
  release: release(),
  processor: cpus()[0]?.model ?? 'unknown processor',
  home: homedir(),
  env: process.env,
  list: (folder) => readdir(folder).catch(() => []),
  read: (path) => readFile(path, 'utf8').catch(() => null),
  changedMs: async (path) => (await stat(path).catch(() => null))?.mtimeMs ?? null,
  output: (program, args) =>
    new Promise((resolve) => {
      execFile(program, [...args], { timeout: 5000, windowsHide: true }, (error, stdout) =>
        resolve(error ? null : stdout),
      )
    }),
  cudaLibrary() {
    try {
      const entry = createRequire(import.meta.url).resolve('onnxruntime-node')
      return join(dirname(dirname(entry)), 'bin/napi-v6', platform(), arch(), 'libonnxruntime_providers_cuda.so')
    } catch {
      return null
    }
  },
}
