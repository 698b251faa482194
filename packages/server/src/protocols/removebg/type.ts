// Subject type of an image. It is not detected: the type that a client names is returned, and everything else is `other`.

/** How finely kinds are told apart: the first level has five of them, the second is the newest. */
const LEVELS = {
  person: ['person', 'person'],
  product: ['product', 'product'],
  animal: ['animal', 'animal'],
  car: ['car', 'car'],
  car_interior: ['car', 'car_interior'],
  car_part: ['car', 'car_part'],
  graphic: ['other', 'graphics'],
  graphics: ['other', 'graphics'],
  transportation: ['other', 'transportation'],
  other: ['other', 'other'],
} as const

type Kind = keyof typeof LEVELS
export type LevelledType = (typeof LEVELS)[Kind][number]

/** Null for the level `none`. Unknown kinds count as `auto`, unknown levels as the default of 1. */
export function typeAt(type: string | undefined, level: string | undefined): LevelledType | null {
  const name = level?.toLowerCase()
  if (name === 'none') return null
  const kind = type?.toLowerCase() ?? 'auto'
  const levels = Object.hasOwn(LEVELS, kind) ? LEVELS[kind as Kind] : LEVELS.other
  return name === '2' || name === 'latest' ? levels[1] : levels[0]
}
