// Places that a dragged subject snaps to: the sides, the center, the thirds; in % of the free space.

const PLACES = [0, 33.3, 50, 66.7, 100]
const NEAR = 2.5

export function snapped(value: number): number {
  return PLACES.find((place) => Math.abs(place - value) <= NEAR) ?? Math.round(value * 10) / 10
}
