// Asks for WebGPU, and tells which device ran the network.
declare const file: File

// #region all
import { removeBackground } from '@koutu/browser'

const { image, report } = await removeBackground(file, { device: 'webgpu' })
console.log(report.precision) // names the device that ran the network

// #endregion
export { image }
