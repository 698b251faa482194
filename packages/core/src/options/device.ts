// What may run the network of this machine. An option of the library and the commands, not of an image: clients of a server do
// not choose its hardware.

import * as z from 'zod'
import { optionInfo } from './option-info.ts'

/** What runs networks besides the processor. */
export const ACCELERATORS = ['webgpu', 'cuda', 'coreml', 'dml'] as const
export type Accelerator = (typeof ACCELERATORS)[number]

export const DEVICES = ['cpu', 'auto', ...ACCELERATORS] as const
export type Device = (typeof DEVICES)[number]

export const DeviceOptions = z.strictObject({
  device: z.enum(DEVICES).default('cpu').register(optionInfo, {
    title: 'Device',
    help: 'Run the network on this device. auto tries out the graphics processors of this machine once and uses one that is right and faster than the processor.',
    group: 'subject',
  }),
})
