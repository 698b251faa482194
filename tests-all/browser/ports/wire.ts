// Messages between the tests and a page, as text: JSON in which typed arrays are base64.

const TYPES = { Uint8Array, Uint8ClampedArray, Uint16Array, Float32Array } as const
type TypeName = keyof typeof TYPES

interface Packed {
  readonly $: TypeName
  readonly base64: string
}

export function pack(message: unknown): string {
  return JSON.stringify(message, function (this: Record<string, unknown>, key) {
    const value = this[key]
    if (!ArrayBuffer.isView(value)) return value
    const name = value.constructor.name === 'Buffer' ? 'Uint8Array' : (value.constructor.name as TypeName)
    if (!(name in TYPES)) throw new Error(`expected an array of ${Object.keys(TYPES).join(', ')} but received ${name}`)
    return { $: name, base64: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) }
  })
}

export function unpack(text: string): unknown {
  return JSON.parse(text, (_, value) => {
    const { $, base64 } = (value ?? {}) as Partial<Packed>
    return $ && base64 !== undefined ? new TYPES[$](fromBase64(base64).buffer) : value
  })
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}
