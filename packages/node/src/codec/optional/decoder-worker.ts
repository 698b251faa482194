// The thread in which one image is decoded by an optional package, as WebAssembly, which is slow and synchronous.
// It decodes one image and ends: its memory returns to the system, and a hostile file can damage nothing that stays.

import { parentPort } from 'node:worker_threads'
import { type CallMessage, createResponder } from '@koutu/core/channel'
import type { Decoded, Decoder, DecoderCalls } from './decoder-calls.ts'
import type { OptionalFormat } from './decoders.ts'
import { decodeHeic } from './heic.ts'
import { decodeJpeg2000 } from './jpeg-2000.ts'
import { decodeJpegXl } from './jpeg-xl.ts'

const DECODERS: Readonly<Record<OptionalFormat, Decoder>> = {
  heic: decodeHeic,
  jxl: decodeJpegXl,
  jp2: decodeJpeg2000,
}

const port = parentPort!
const responder = createResponder<DecoderCalls>(
  { decode: (request) => DECODERS[request.format](request) },
  {
    post: (message, transfer) => port.postMessage(message, transfer),
    transfer: (answer) => [bytesOf(answer as Decoded).buffer as ArrayBuffer],
    fallback: 'IMAGE_CORRUPT',
  },
)
port.on('message', (message: CallMessage) => responder.receive(message))

function bytesOf(decoded: Decoded): Uint8Array | Uint16Array {
  return 'png' in decoded ? decoded.png : decoded.data
}
