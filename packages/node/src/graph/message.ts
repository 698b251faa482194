// Decodes and encodes protobuf messages by a table of their fields. Knows no ONNX.
// Fields that a table does not name are kept as bytes and written back, so that nothing is lost on the way.

import { type ByteSource, invalidModel, varintSize, WIRE, WireReader, WireWriter } from './wire.ts'

/**
 * How a field's value is held: int64 as bigint, int32 (enums too) and float as number, string, bytes as they are.
 * 'packed…' is a list of numbers of a tensor, held as the bytes of its packed form (one after another, no tags):
 * such lists may have millions of entries.
 */
type Scalar = 'int64' | 'int32' | 'float' | 'string' | 'bytes' | 'packedVarint' | 'packed32' | 'packed64'

export interface Field {
  readonly number: number
  readonly name: string
  readonly kind: Scalar | (() => Schema)
  /** Repeated fields are arrays, empty when absent. */
  readonly isRepeated: boolean
}

export interface Schema {
  readonly name: string
  /** In the order of their numbers, which is the order they are written in. */
  readonly fields: readonly Field[]
  readonly byNumber: ReadonlyMap<number, Field>
}

/** Every message can carry what its table does not name: whole fields with their tags. */
export interface Message {
  unknown?: Uint8Array[]
}

/** Values and messages of one model together, each at most about 0.5 kB of memory. IS-Net has 20,000. */
export const MAX_ITEMS = 1_000_000
/** Subgraphs inside of subgraphs; each level of graph costs three levels of message. */
export const MAX_DEPTH = 100
const MAX_STRING_BYTES = 1 << 20
/** Protobuf's own limit for one message. */
const MAX_MESSAGE_BYTES = 0x7fff_ffff

type Loose = Record<string, unknown>

/** `fields`: name -> [number, kind], or [number, kind, 'repeated']. */
export function defineSchema(
  name: string,
  fields: Readonly<Record<string, readonly [number, Field['kind'], 'repeated'?]>>,
): Schema {
  const list = Object.entries(fields)
    .map(([key, [number, kind, repeated]]) => ({ name: key, number, kind, isRepeated: repeated === 'repeated' }))
    .sort((a, b) => a.number - b.number)
  return { name, fields: list, byNumber: new Map(list.map((field) => [field.number, field])) }
}

/** Reads one message. Byte fields are views of `bytes`. Errors: MODEL_INVALID. */
export function decodeMessage<T extends Message>(schema: Schema, bytes: Uint8Array): T {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw invalidModel(`expected at most ${MAX_MESSAGE_BYTES} bytes but received ${bytes.length}`)
  }
  const target = empty(schema)
  new Decoder().into(schema, bytes, target, 0)
  return target as T
}

function empty(schema: Schema): Loose {
  const target: Loose = {}
  for (const field of schema.fields) if (field.isRepeated) target[field.name] = []
  return target
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class Decoder {
  #items = 0

  into(schema: Schema, bytes: Uint8Array, target: Loose, depth: number): void {
    if (depth > MAX_DEPTH) throw invalidModel(`expected at most ${MAX_DEPTH} messages inside of each other`)
    const reader = new WireReader(bytes)
    const packed = new Map<Field, PackedList>()
    let unknownFrom = -1
    while (!reader.isDone) {
      const from = reader.offset
      const tag = reader.tag()
      const type = tag % 8
      const field = schema.byNumber.get(Math.floor(tag / 8))
      if (field && fits(field, type)) {
        if (unknownFrom >= 0) this.#keep(target, bytes.subarray(unknownFrom, from))
        unknownFrom = -1
        this.#read(field, type, reader, target, packed, depth)
      } else {
        // Neighbors are kept as one piece.
        if (unknownFrom < 0) unknownFrom = from
        reader.skip(type)
      }
    }
    if (unknownFrom >= 0) this.#keep(target, bytes.subarray(unknownFrom))
    for (const [field, list] of packed) target[field.name] = list.finish()
  }

  #keep(target: Loose, bytes: Uint8Array): void {
    this.#count()
    target.unknown ??= []
    ;(target.unknown as Uint8Array[]).push(bytes)
  }

  #count(): void {
    if (++this.#items > MAX_ITEMS) throw invalidModel(`expected at most ${MAX_ITEMS} parts of a model`)
  }

  #read(
    field: Field,
    type: number,
    reader: WireReader,
    target: Loose,
    packed: Map<Field, PackedList>,
    depth: number,
  ): void {
    const { kind, name } = field
    if (typeof kind === 'function') {
      this.#count()
      // A single message that comes twice is merged, as the specification says.
      const held = field.isRepeated ? undefined : (target[name] as Loose | undefined)
      const message = held ?? empty(kind())
      this.into(kind(), reader.bytes(), message, depth + 1)
      if (!held) put(field, target, message)
    } else if (kind === 'packedVarint' || kind === 'packed32' || kind === 'packed64') {
      const list = packed.get(field) ?? new PackedList()
      packed.set(field, list)
      const from = reader.offset
      if (type === WIRE.bytes) list.add(reader.bytes())
      else {
        reader.skip(type)
        list.add(reader.since(from))
      }
    } else if (type === WIRE.bytes && kind !== 'string' && kind !== 'bytes') {
      // A writer may pack any list of numbers, whatever its table says.
      const list = new WireReader(reader.bytes())
      while (!list.isDone) {
        this.#count()
        put(field, target, scalar(kind, list))
      }
    } else {
      this.#count()
      put(field, target, scalar(kind, reader))
    }
  }
}

function put(field: Field, target: Loose, value: unknown): void {
  if (field.isRepeated) (target[field.name] as unknown[]).push(value)
  else target[field.name] = value
}

/** Whether a value of this wire type can be read as this field; anything else is kept as unknown. */
function fits({ kind, isRepeated }: Field, type: number): boolean {
  if (typeof kind === 'function' || kind === 'string' || kind === 'bytes') return type === WIRE.bytes
  return type === wireType(kind) || (type === WIRE.bytes && (isRepeated || kind.startsWith('packed')))
}

/** The wire type of one value. */
function wireType(kind: Field['kind']): number {
  if (kind === 'float' || kind === 'packed32') return WIRE.fixed32
  if (kind === 'packed64') return WIRE.fixed64
  return kind === 'int64' || kind === 'int32' || kind === 'packedVarint' ? WIRE.varint : WIRE.bytes
}

function scalar(kind: Scalar, reader: WireReader): unknown {
  switch (kind) {
    case 'int64':
      return BigInt.asIntN(64, reader.varint())
    case 'int32':
      return Number(BigInt.asIntN(32, reader.varint()))
    case 'float':
      return reader.float()
    case 'string':
      return text(reader.bytes())
    default:
      return reader.bytes()
  }
}

function text(bytes: Uint8Array): string {
  if (bytes.length > MAX_STRING_BYTES) {
    throw invalidModel(`expected a name of at most ${MAX_STRING_BYTES} bytes but received ${bytes.length}`)
  }
  try {
    return UTF8.decode(bytes)
  } catch {
    throw invalidModel('expected a name in UTF-8 but received other bytes')
  }
}

/** Numbers as they come, one by one or in runs. One run stays a view of the input; several are gathered. */
class PackedList {
  #bytes: Uint8Array = new Uint8Array()
  #length = 0
  #isOwned = false

  add(run: Uint8Array): void {
    if (this.#length === 0) {
      this.#bytes = run
      this.#length = run.length
      this.#isOwned = false
      return
    }
    const needed = this.#length + run.length
    if (!this.#isOwned || needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(64, needed * 2))
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
      this.#isOwned = true
    }
    this.#bytes.set(run, this.#length)
    this.#length = needed
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}

/**
 * Writes one message into one buffer of exactly its size; `LazyBytes` are produced straight into it.
 * Known fields come in the order of their numbers, the unknown ones after them.
 */
export function encodeMessage(schema: Schema, message: Message): Uint8Array {
  // Sizes of inner messages and lists in the order they are met; the second pass meets them in the same order.
  const sizes: number[] = []
  const total = measure(schema, message as Loose, sizes)
  if (total > MAX_MESSAGE_BYTES) {
    throw invalidModel(`expected a model of at most ${MAX_MESSAGE_BYTES} bytes but this one would have ${total}`)
  }
  const writer = new WireWriter(total)
  let next = 0
  write(schema, message as Loose, writer, () => sizes[next++]!)
  return writer.finish()
}

function values(field: Field, message: Loose): readonly unknown[] {
  const value = message[field.name]
  if (value === undefined) return []
  return field.isRepeated ? (value as unknown[]) : [value]
}

function measure(schema: Schema, message: Loose, sizes: number[]): number {
  let total = 0
  for (const field of schema.fields) {
    const tagSize = varintSize(field.number * 8)
    for (const value of values(field, message)) total += tagSize + measureValue(field, value, sizes)
  }
  for (const piece of (message as Message).unknown ?? []) total += piece.length
  return total
}

function measureValue({ kind }: Field, value: unknown, sizes: number[]): number {
  if (kind === 'int64' || kind === 'int32') return varintSize(value as number | bigint)
  if (kind === 'float') return 4
  let length: number
  if (typeof kind === 'function') {
    const slot = sizes.push(0) - 1
    length = measure(kind(), value as Loose, sizes)
    sizes[slot] = length
  } else {
    length = kind === 'string' ? Buffer.byteLength(value as string) : (value as ByteSource).byteLength
  }
  return varintSize(length) + length
}

const toUtf8 = new TextEncoder()

function write(schema: Schema, message: Loose, writer: WireWriter, nextSize: () => number): void {
  for (const field of schema.fields) {
    const { kind, number } = field
    for (const value of values(field, message)) {
      if (kind === 'int64' || kind === 'int32' || kind === 'float') {
        writer.tag(number, wireType(kind))
        if (kind === 'float') writer.float(value as number)
        else writer.varint(value as number | bigint)
        continue
      }
      writer.tag(number, WIRE.bytes)
      if (typeof kind === 'function') {
        writer.varint(nextSize())
        write(kind(), value as Loose, writer, nextSize)
      } else {
        const bytes = kind === 'string' ? toUtf8.encode(value as string) : (value as ByteSource)
        writer.varint(bytes.byteLength)
        writer.bytes(bytes)
      }
    }
  }
  for (const piece of (message as Message).unknown ?? []) writer.bytes(piece)
}
