// Core's functions of planes for kernels that still pass addresses: an array's reference is the address of its first element.

import { boxFilter as boxFilterPlane } from '../../core/src/pixels/box-filter'
import { Pixels, Plane } from '../../core/src/pixels/plane'
import { resampleLinear } from '../../core/src/pixels/resample'
import { sampleRaster as samplePixels } from '../../core/src/pixels/sample-raster'

function planeAt(data: usize, width: i32, height: i32): Plane {
  return new Plane(width, height, changetype<Float32Array>(data))
}

export function boxFilter(source: usize, width: i32, height: i32, radius: i32): usize {
  return changetype<usize>(boxFilterPlane(planeAt(source, width, height), radius).data)
}

export function resizeLinear(source: usize, fromWidth: i32, fromHeight: i32, width: i32, height: i32): usize {
  return changetype<usize>(resampleLinear(planeAt(source, fromWidth, fromHeight), width, height).data)
}

export function sampleRaster(source: usize, fromWidth: i32, fromHeight: i32, width: i32, height: i32): usize {
  const raster = new Pixels<Uint16Array>(fromWidth, fromHeight, 3, changetype<Uint16Array>(source))
  return changetype<usize>(samplePixels<Uint16Array>(raster, width, height).data)
}
