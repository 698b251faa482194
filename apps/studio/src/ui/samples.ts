// Four images that are drawn here, for whoever has none at hand.

type SampleName = 'cup' | 'plant' | 'chair' | 'lamp'

export interface Sample {
  readonly name: SampleName
  readonly ground: string
  readonly wall: string
  /** Fills and paths on a square of 100. */
  readonly shapes: readonly (readonly [fill: string, path: string])[]
}

export const SAMPLES: readonly Sample[] = [
  {
    name: 'cup',
    wall: '#cfe3e2',
    ground: '#b9d3d0',
    shapes: [
      ['#c2512f', 'M66 44h9a11 11 0 0 1 0 22h-10v-6h9a5 5 0 0 0 0-10h-8z'],
      ['#d9673f', 'M28 36h40v28a16 16 0 0 1-16 16h-8a16 16 0 0 1-16-16z'],
      ['#7a2f1c', 'M28 36a20 5 0 0 1 40 0a20 5 0 0 1-40 0'],
      ['#e88a63', 'M34 44h5v20a8 8 0 0 0 3 7c-5-2-8-6-8-12z'],
    ],
  },
  {
    name: 'plant',
    wall: '#f0e2cf',
    ground: '#dfcbae',
    shapes: [
      ['#2f6b46', 'M50 60C44 42 30 36 22 36c2 14 12 24 28 24'],
      ['#3c8457', 'M50 60c2-22 14-32 26-34 2 16-8 32-26 34'],
      ['#4f9d6a', 'M49 60c-9-18-4-32 2-42 8 12 8 28-2 42'],
      ['#f7f4ee', 'M36 58h28l-4 26h-20z'],
      ['#dcd5c8', 'M36 58h28l-1 6h-26z'],
    ],
  },
  {
    name: 'chair',
    wall: '#dcd8ec',
    ground: '#c6c0dd',
    shapes: [
      ['#8a5a34', 'M33 62l-5 24h4l6-24zM67 62l5 24h-4l-6-24zM43 62v20h4v-20zM53 62v20h4v-20z'],
      ['#314f7d', 'M32 20q18-6 36 0l-3 34h-30z'],
      ['#27406a', 'M29 52h42q3 6-2 11h-38q-5-5-2-11'],
      ['#48689a', 'M38 24q6-2 10-2l-2 26h-6z'],
    ],
  },
  {
    name: 'lamp',
    wall: '#f4dcd6',
    ground: '#e4c2ba',
    shapes: [
      ['#3b3a40', 'M48 46h4v34h-4z'],
      ['#2b2a30', 'M34 80h32q2 6-2 6h-28q-4 0-2-6'],
      ['#f3b33d', 'M40 20h20l14 30h-48z'],
      ['#f9cf7c', 'M43 20h6l-6 30h-11z'],
    ],
  },
]

const PIXELS = 1000

export async function sampleFile({ name, wall, ground, shapes }: Sample): Promise<File> {
  const canvas = new OffscreenCanvas(PIXELS, PIXELS)
  const context = canvas.getContext('2d')!
  context.scale(PIXELS / 100, PIXELS / 100)
  const light = context.createLinearGradient(0, 0, 60, 100)
  light.addColorStop(0, wall)
  light.addColorStop(1, ground)
  context.fillStyle = light
  context.fillRect(0, 0, 100, 100)
  for (const [fill, path] of shapes) {
    context.fillStyle = fill
    context.fill(new Path2D(path))
  }
  return new File([await canvas.convertToBlob()], `${name}.png`, { type: 'image/png' })
}
