// Whether the scans of a sequential JPEG hold exactly the blocks of its frame. ITU-T T.81, annexes B and F. Walks the codes and computes
// no pixels.
//
// Decoders stop after the last block and say nothing of what is behind it. But where a file changed on its way, all codes behind that
// place are others, and the data end before the last block, of which decoders tell, or go on behind it.

const [SOI, EOI, SOS, DHT, DRI] = [0xd8, 0xd9, 0xda, 0xc4, 0xdd]
/** Baseline and extended sequential. */
const SEQUENTIAL: ReadonlySet<number> = new Set([0xc0, 0xc1])
/** Encoders end a scan with some bytes too many, which spoil nothing. */
const MAX_PADDING_BYTES = 2
const SHORT_BITS = 10
/** How far the end of a block passes on. */
const END_OF_BLOCK = 100

/** By the next bits: how many of them a code and its value take, and 64 times how many coefficients it passes. 0: no code. */
type Codes = Uint16Array

interface Component {
  readonly across: number
  readonly down: number
}

interface Table {
  /** By `SHORT_BITS` bits, for codes that are no longer: what fits into the nearest cache. */
  readonly short: Codes
  readonly all: Codes
}

interface Block {
  readonly dc: Table
  readonly ac: Table
}

/**
 * Whether data are left behind the last block of a scan, a block has more coefficients than fit, or bits are no code, of which
 * libjpeg-turbo says nothing. False for what is not walked: progressive and arithmetic files, and where data are missing.
 */
export function hasDamagedJpegCodes(bytes: Uint8Array): boolean {
  const components = new Map<number, Component>()
  const tables = new Map<number, Table>()
  const frame = { width: 0, height: 0 }
  let restart = 0
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && at + 4 <= bytes.length; at = bytes.indexOf(0xff, at)) {
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker <= 1 || (marker >= 0xd0 && marker <= SOI)) {
      at += 2
      continue
    }
    if (marker === EOI) return false
    const body = bytes.subarray(at + 4, at + 2 + word(bytes, at + 2))
    at += 4 + body.length
    if (marker === DHT) readTables(body, tables)
    else if (marker === DRI) restart = word(body, 0)
    else if (SEQUENTIAL.has(marker)) {
      Object.assign(frame, { height: word(body, 1), width: word(body, 3) })
      for (let i = 6; i + 2 < body.length; i += 3)
        components.set(body[i]!, { across: body[i + 1]! >> 4, down: body[i + 1]! & 15 })
    } else if (marker === SOS) {
      const scan = readScan(body, components, tables)
      if (!scan) return false
      const units = unitsOf(scan.components, [...components.values()], frame)
      const end = walkScan(bytes, at, scan.blocks, units, restart || units)
      if (end < 0) return end === DAMAGED
      at = end
    } else if (marker > 0xc1 && marker <= 0xcf && marker !== 0xcc) return false
  }
  return false
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

/** Tables of DC codes by their number, of AC codes by 16 more. */
function readTables(body: Uint8Array, tables: Map<number, Table>): void {
  for (let at = 0; at + 17 <= body.length; ) {
    const name = body[at]!
    const counts = body.subarray(at + 1, at + 17)
    at += 17
    const all = new Uint16Array(65_536)
    const short = new Uint16Array(1 << SHORT_BITS)
    let from = 0
    for (let bits = 1; bits <= 16; bits++) {
      for (let i = 0; i < counts[bits - 1]!; i++) {
        const value = body[at++] ?? 0
        const passed = name < 16 ? 1 : value === 0 ? END_OF_BLOCK : (value >> 4) + 1
        const to = from + (1 << (16 - bits))
        const code = (bits + (value & 15)) | (passed << 6)
        all.fill(code, from, to)
        if (bits <= SHORT_BITS) short.fill(code, from >> (16 - SHORT_BITS), to >> (16 - SHORT_BITS))
        from = to
      }
    }
    tables.set(name, { short, all })
  }
}

/** Blocks of one unit in their order; null where the file is wrong, of which decoders tell. */
function readScan(
  body: Uint8Array,
  components: ReadonlyMap<number, Component>,
  tables: ReadonlyMap<number, Table>,
): { readonly components: readonly Component[]; readonly blocks: readonly Block[] } | null {
  const found: Component[] = []
  const blocks: Block[] = []
  const count = body[0] ?? 0
  for (let i = 0; i < count; i++) {
    const component = components.get(body[1 + 2 * i]!)
    const chosen = body[2 + 2 * i] ?? 0
    const [dc, ac] = [tables.get(chosen >> 4), tables.get(16 + (chosen & 15))]
    if (!component || !dc || !ac) return null
    found.push(component)
    const inUnit = count === 1 ? 1 : component.across * component.down
    for (let block = 0; block < inUnit; block++) blocks.push({ dc, ac })
  }
  return blocks.length > 0 ? { components: found, blocks } : null
}

/** How many units a scan has: blocks of a component that comes alone, else groups of all. */
function unitsOf(
  scan: readonly Component[],
  all: readonly Component[],
  { width, height }: { readonly width: number; readonly height: number },
): number {
  const across = Math.max(...all.map((one) => one.across))
  const down = Math.max(...all.map((one) => one.down))
  const [first] = scan
  if (scan.length > 1 || !first) return Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down))
  const columns = Math.ceil(Math.ceil((width * first.across) / across) / 8)
  return columns * Math.ceil(Math.ceil((height * first.down) / down) / 8)
}

const [DAMAGED, UNKNOWN] = [-1, -2]

/** Where the scan that begins at `at` ends, DAMAGED where data are left, or UNKNOWN where some are missing. */
function walkScan(bytes: Uint8Array, at: number, blocks: readonly Block[], units: number, restart: number): number {
  for (let done = 0; done < units; done += restart) {
    const end = walkInterval(bytes, at, blocks, Math.min(restart, units - done))
    if (end < 0) return end
    at = done + restart < units && (bytes[end + 1]! & 0xf8) === 0xd0 ? end + 2 : end
  }
  return at
}

/** As `walkScan`, of the units between two restart markers. */
function walkInterval(bytes: Uint8Array, from: number, blocks: readonly Block[], units: number): number {
  let at = from
  /** The last bits that were read, and how many of them are not used yet. */
  let held = 0
  let bits = 0
  /** Bits behind the end of the data, where decoders read zeros. */
  let lacking = 0
  for (let unit = 0; unit < units; unit++) {
    for (let block = 0; block < blocks.length; block++) {
      const { dc, ac } = blocks[block]!
      let table = dc
      for (let k = 0; k < 64; ) {
        while (bits < 16) {
          const byte = at < bytes.length ? bytes[at]! : 0xff
          if (byte !== 0xff) at += 1
          else if (bytes[at + 1] === 0) at += 2
          else lacking += 8
          held = (held << 8) | byte
          bits += 8
        }
        const next = (held >>> (bits - 16)) & 0xffff
        const code = table.short[next >> (16 - SHORT_BITS)]! || table.all[next]!
        if (code === 0) return lacking > 0 ? UNKNOWN : DAMAGED
        // Below 0 where the value goes on in bytes that are not read yet.
        bits -= code & 63
        k += code >> 6
        if (k > 64 && k < END_OF_BLOCK) return lacking > 0 ? UNKNOWN : DAMAGED
        table = ac
      }
    }
  }
  const end = endOfData(bytes, at)
  const left = end - at + ((bits - lacking) >> 3)
  if (left < 0) return UNKNOWN
  return left > MAX_PADDING_BYTES && !isOneValue(bytes.subarray(at, end)) ? DAMAGED : end
}

/** Where the marker behind coded data is. */
function endOfData(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from)
  while (at >= 0 && bytes[at + 1] === 0) at = bytes.indexOf(0xff, at + 2)
  return at < 0 ? bytes.length : at
}

/** Whether bytes are filler: the same throughout. A stuffed 0xff is one of them. */
function isOneValue(bytes: Uint8Array): boolean {
  return bytes.every((byte, i) => byte === bytes[0] || (bytes[0] === 0xff && i % 2 === 1 && byte === 0))
}
