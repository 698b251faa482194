// RGBA of a bitmap with straight alpha. A 2D canvas multiplies colors by alpha, which loses those of transparent pixels, so they are
// read another way: by WebGL, else through a VideoFrame. Which of them is exact in this browser, pixels with known values tell.

/** RGBA of rows of one bitmap. */
export interface StraightRows {
  read(top: number, rows: number): Promise<Uint8Array>
  close(): void
}

/** Null where the bitmap is too large. */
type Way = (bitmap: ImageBitmap) => StraightRows | null

const WAYS: readonly (() => Way | null)[] = [openWebGl, openVideoFrames]

/** Two rows, in which colors and alpha have many values. */
const KNOWN = { width: 4, height: 2, data: Uint8ClampedArray.from({ length: 32 }, (_, i) => (i * 83 + 5) % 256) }

let finding: Promise<Way | null> | null = null

/**
 * For a bitmap that was made with `premultiplyAlpha: 'none'`. Null where this browser has no exact way, or where the bitmap is too
 * large for it.
 */
export async function openStraight(bitmap: ImageBitmap): Promise<StraightRows | null> {
  finding ??= findWay()
  return (await finding)?.(bitmap) ?? null
}

async function findWay(): Promise<Way | null> {
  for (const open of WAYS) {
    const way = open()
    if (way && (await isExact(way))) return way
  }
  return null
}

async function isExact(way: Way): Promise<boolean> {
  const { width, height, data } = KNOWN
  try {
    const bitmap = await createImageBitmap(new ImageData(data, width, height), { premultiplyAlpha: 'none' })
    const opened = way(bitmap)!
    const rows = [await opened.read(0, 1), await opened.read(1, 1)]
    opened.close()
    return data.every((value, i) => rows[Math.floor(i / (width * 4))]![i % (width * 4)] === value)
  } catch {
    return false
  }
}

function openWebGl(): Way | null {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2')
  if (!gl) return null
  const most = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false)
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer())
  return (bitmap) => {
    const { width, height } = bitmap
    if (Math.max(width, height) > most || gl.isContextLost()) return null
    const texture = gl.createTexture()
    gl.bindTexture(gl.TEXTURE_2D, texture)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap)
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0)
    const close = () => gl.deleteTexture(texture)
    // Where memory has run out, say.
    if (gl.getError() !== gl.NO_ERROR) {
      close()
      return null
    }
    return {
      async read(top, rows) {
        const rgba = new Uint8Array(width * rows * 4)
        gl.readPixels(0, top, width, rows, gl.RGBA, gl.UNSIGNED_BYTE, rgba)
        return rgba
      },
      close,
    }
  }
}

function openVideoFrames(): Way | null {
  if (!('VideoFrame' in globalThis)) return null
  return (bitmap) => {
    const { width } = bitmap
    const frame = new VideoFrame(bitmap, { timestamp: 0 })
    return {
      async read(top, rows) {
        const rgba = new Uint8Array(width * rows * 4)
        await frame.copyTo(rgba, { format: 'RGBA', rect: { x: 0, y: top, width, height: rows } })
        return rgba
      },
      close: () => frame.close(),
    }
  }
}
