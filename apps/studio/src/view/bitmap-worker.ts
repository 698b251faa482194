// Reads images away from the page's thread, where resizing and cropping of large ones would take hundreds of milliseconds.

/** Of the image `source`, which is opened by its first request. */
export interface BitmapRequest {
  readonly source: number
  readonly call: number
  readonly blob: Blob
  readonly want: BitmapWish
}

export type BitmapWish =
  | { readonly type: 'scaled'; readonly width: number; readonly height: number }
  | {
      readonly type: 'tile'
      readonly left: number
      readonly top: number
      readonly width: number
      readonly height: number
    }

/** The full image of `source` may go: a later request reads it again. */
export interface BitmapRelease {
  readonly source: number
  readonly release: true
}

export type BitmapReply =
  | { readonly call: number; readonly bitmap: ImageBitmap }
  | { readonly call: number; readonly failure: string }

interface WorkerScope {
  onmessage: ((event: MessageEvent<BitmapRequest | BitmapRelease>) => void) | null
  postMessage(reply: BitmapReply, transfer: Transferable[]): void
}

const scope = self as unknown as WorkerScope
/** What tiles are cut from. */
const whole = new Map<number, Promise<ImageBitmap>>()

function wholeOf(source: number, blob: Blob): Promise<ImageBitmap> {
  const found = whole.get(source)
  if (found) return found
  const opened = createImageBitmap(blob)
  opened.catch(() => whole.delete(source))
  whole.set(source, opened)
  return opened
}

async function bitmapFor({ source, blob, want }: BitmapRequest): Promise<ImageBitmap> {
  if (want.type === 'tile') {
    return createImageBitmap(await wholeOf(source, blob), want.left, want.top, want.width, want.height)
  }
  return createImageBitmap(blob, { resizeWidth: want.width, resizeHeight: want.height, resizeQuality: 'high' })
}

scope.onmessage = ({ data }) => {
  if ('release' in data) {
    whole
      .get(data.source)
      ?.then((bitmap) => bitmap.close())
      .catch(() => {})
    whole.delete(data.source)
    return
  }
  bitmapFor(data).then(
    (bitmap) => scope.postMessage({ call: data.call, bitmap }, [bitmap]),
    (error: Error) => scope.postMessage({ call: data.call, failure: error.message }, []),
  )
}
