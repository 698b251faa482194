// Values of options as flags and form fields write them.

export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const record = value as Readonly<Record<string, unknown>>
  if ('strokes' in record) return strokesText(record.strokes as readonly StrokeValue[])
  if ('left' in record)
    return [record.left, record.top, record.width, record.height].map((n) => `${short(n as number)}%`).join()
  if (record.unit === 'ratio') return `${record.width}:${record.height}`
  if ('height' in record) return `${record.width}x${record.height}`
  if ('unit' in record) return `${record.value}${record.unit}`
  if ('x' in record) return `${record.x}% ${record.y}%`
  return String(record.color ?? record.source ?? record.type)
}

interface StrokeValue {
  readonly points: readonly (readonly [number, number])[]
  readonly radius?: number
  readonly within?: readonly number[]
}

const short = (value: number): string => String(Math.round(value * 100) / 100)

const strokesText = (strokes: readonly StrokeValue[]): string =>
  strokes
    .map(({ points, radius, within }) => {
      const line = points.map(([x, y]) => `${short(x)}%,${short(y)}%`).join(' ')
      const part = within ? ` in ${within.map((side) => `${short(side)}%`).join()}` : ''
      return `${line}${radius === undefined ? '' : `@${short(radius)}%`}${part}`
    })
    .join('; ')
