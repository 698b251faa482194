// `koutu doctor --device`: what this machine has to run networks on, and how it did in the trial, in lines that may be sent to
// anybody: no paths, no names of people or machines.

import { arch, platform } from 'node:os'
import type { Accelerator } from '@koutu/core'
import {
  ACCELERATOR_FACTS,
  acceleratorsOf,
  type DeviceTrial,
  isWorthwhile,
  probeProviders,
  probeRuntime,
  readAdapters,
} from '@koutu/node'
import { deviceTrials, int8Share } from '../device.ts'
import type { Environment } from './environment.ts'

interface DeviceReport {
  readonly koutu: string
  readonly node: string
  readonly runtime: string
  /** What the runtime was built with. */
  readonly providers: readonly string[]
  /** Hardware and drivers. */
  readonly machine: readonly string[]
  readonly devices: readonly DeviceLine[]
}

interface DeviceLine {
  readonly device: Accelerator
  /** Whether the system names hardware and libraries for it: `auto` tries no other. */
  readonly isPresent: boolean
  readonly isUsedByAuto: boolean
  readonly trial: DeviceTrial
}

/** Runs all trials anew. Returns 0: a report is no verdict. */
export async function runDeviceReport({ json }: { json: boolean }, env: Environment): Promise<number> {
  const report = await makeReport(env.version)
  env.stdout.write(json ? `${JSON.stringify(report)}\n` : inLines(report))
  return 0
}

async function makeReport(koutu: string): Promise<DeviceReport> {
  const { present, facts } = await readAdapters()
  const [share, trials] = [await int8Share(), deviceTrials()]
  const devices: DeviceLine[] = []
  // One after another: they are timed.
  for (const device of acceleratorsOf(`${platform()}-${arch()}`)) {
    const trial = await trials.find(device, { again: 'always' })
    const isPresent = present.includes(device)
    devices.push({ device, isPresent, isUsedByAuto: isPresent && isWorthwhile(trial, share), trial })
  }
  const [runtime, providers] = [await probeRuntime(), await probeProviders()]
  return { koutu, node: process.versions.node, runtime, providers, machine: facts, devices }
}

function inLines({ koutu, node, runtime, providers, machine, devices }: DeviceReport): string {
  const lines = [
    `koutu ${koutu}, Node ${node}, ${runtime}`,
    `built for: ${providers.join(', ') || 'the processor'}`,
    ...machine.map((fact) => `machine: ${fact}`),
    ...devices.map(deviceLine),
    ...(devices.length === 0 ? ['no device besides the processor is supported on this platform'] : []),
  ]
  return `${lines.join('\n')}\n`
}

function deviceLine({ device, isPresent, isUsedByAuto, trial }: DeviceLine): string {
  const { name, help } = ACCELERATOR_FACTS[device]
  const head = `${device}: ${name}${isPresent ? '' : ', not named by the system'}`
  if (trial.fault !== null) return `${head}; cannot be used: ${trial.fault}. ${help}.`
  const { offBy, hasHalves, deviceMs, processorMs } = trial
  const parts = [
    head,
    `answers right, off by ${offBy.toExponential(0)} at most`,
    `half precision ${hasHalves ? 'right' : 'not available'}`,
    `trial ${deviceMs.toFixed(1)} ms, processor ${processorMs.toFixed(1)} ms in floats`,
    isUsedByAuto ? 'used by --device auto' : 'not used by --device auto',
  ]
  return `${parts.join('; ')}.`
}
