// What lies behind a cutout on the stage.

export type Backdrop = 'checkerboard' | 'white' | 'black'

const SQUARE = 8

/** Squares that stay with the image when it is moved. Colors are those of the theme. */
export function checkerboard(context: CanvasRenderingContext2D, x: number, y: number): CanvasPattern {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 2 * SQUARE
  const drawn = canvas.getContext('2d')!
  const style = getComputedStyle(context.canvas)
  drawn.fillStyle = style.getPropertyValue('--checker-a-now')
  drawn.fillRect(0, 0, 2 * SQUARE, 2 * SQUARE)
  drawn.fillStyle = style.getPropertyValue('--checker-b-now')
  drawn.fillRect(0, 0, SQUARE, SQUARE)
  drawn.fillRect(SQUARE, SQUARE, SQUARE, SQUARE)
  const pattern = context.createPattern(canvas, 'repeat')!
  pattern.setTransform(new DOMMatrix().translate(x, y))
  return pattern
}
