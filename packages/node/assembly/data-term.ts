// Core's dataTerm for planes that are addresses; what a pixel weighs is core's own arithmetic.

import { overruling, ownWeight, pinWeight, stepAt } from '../../core/src/matting/edges/evidence'
import { DataTerm } from '../../core/src/matting/edges/solve-band'
import { colorPosterior } from './colors'
import { allocate, byte, copyFloats, float, floats, setByte, setFloat } from './memory'
import { Sharpness } from './sharpness'

export function weighEvidence(
  network: usize,
  alpha: usize,
  sharpness: Sharpness,
  width: i32,
  height: i32,
  guide: usize,
  band: usize,
  radius: i32,
  detail: f64,
  small: f64,
  pin: f64,
): DataTerm {
  const area = width * height
  const steep = allocate(area)
  for (let i = 0; i < area; i++) {
    const isSteep = stepAt(<f64>float(sharpness.lowest, i), <f64>float(sharpness.highest, i)) > 0
    setByte(steep, i, isSteep ? byte(band, i) : 0)
  }
  const colors = colorPosterior(alpha, width, height, guide, band, steep, radius, detail)
  const targets = copyFloats(alpha, area)
  const weights = floats(area)
  const pinning = pinWeight(pin, detail)
  for (let i = 0; i < area; i++) {
    if (byte(band, i) === 0) continue
    const given = <f64>float(alpha, i)
    const mean = <f64>float(colors.mean, i)
    const own = ownWeight(
      <f64>float(network, i),
      given,
      <f64>float(sharpness.lowest, i),
      <f64>float(sharpness.highest, i),
      mean,
      overruling(<f64>float(colors.certainty, i)),
      pinning,
      small,
    )
    const say = <f64>float(colors.weight, i)
    setFloat(targets, i, <f32>((own * given + say * mean) / (own + say)))
    setFloat(weights, i, <f32>(own + say))
  }
  return new DataTerm(changetype<Float32Array>(targets), changetype<Float32Array>(weights))
}
