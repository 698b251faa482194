// Doubles compared with floats without widening the floats.

/** The largest float that is not above `value`, which is positive: what is above the one is above the other. */
export function floatBelow(value: f64): f32 {
  const near = <f32>value
  return <f64>near > value ? reinterpret<f32>(reinterpret<u32>(near) - 1) : near
}

/** The smallest float that is not below `value`, which is positive. */
export function floatAbove(value: f64): f32 {
  const near = <f32>value
  return <f64>near < value ? reinterpret<f32>(reinterpret<u32>(near) + 1) : near
}
