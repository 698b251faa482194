// Connected parts of a plane and their areas, from runs of pixels in a row: memory grows with the runs, not with the picture
// (He, Chao, Suzuki, "A Run-Based Two-Scan Labeling Algorithm", IEEE Trans. Image Processing 2008).

/** Runs in row order, each with the part it belongs to, and what is known of each part. */
export interface Parts {
  readonly count: number
  /** First pixel of each run and the pixel behind its last. */
  readonly begin: Int32Array
  readonly end: Int32Array
  /** Index of the part, into `area` and `atBorder`; not every index is in use. */
  readonly part: Int32Array
  readonly area: Int32Array
  /** 1 where the part touches the border of the picture. */
  readonly atBorder: Uint8Array
}

/** Parts of the pixels above `threshold`, or of those not above it. */
export function findParts(
  data: Float32Array | Uint8Array,
  width: number,
  height: number,
  { threshold, above, connectivity }: { threshold: number; above: boolean; connectivity: 4 | 8 },
): Parts {
  let begin = new Int32Array(1024)
  let end = new Int32Array(1024)
  let part = new Int32Array(1024)
  let count = 0
  const find = (run: number): number => {
    let at = run
    while (part[at] !== at) at = part[at] = part[part[at]!]!
    return at
  }
  // Diagonal neighbours touch as well: runs may then lie one pixel apart.
  const reach = connectivity === 8 ? 1 : 0
  const [yes, no] = above ? [1, 0] : [0, 1]
  const inside = new Uint8Array(width)
  let previous = 0
  for (let y = 0; y < height; y++) {
    const row = y * width
    const first = count
    for (let x = 0; x < width; x++) inside[x] = data[row + x]! > threshold ? yes : no
    // The runtime's own search is fast from the first row on.
    for (let x = inside.indexOf(1); x >= 0; x = inside.indexOf(1, x)) {
      if (count === begin.length) {
        begin = grown(begin)
        end = grown(end)
        part = grown(part)
      }
      begin[count] = row + x
      const behind = inside.indexOf(0, x)
      x = behind < 0 ? width : behind
      end[count] = row + x
      part[count] = count
      // Runs of the row above, moved down by a row.
      while (previous < first && end[previous]! + width + reach <= begin[count]!) previous++
      for (let other = previous; other < first && begin[other]! + width < end[count]! + reach; other++) {
        const a = find(other)
        const b = find(count)
        part[Math.max(a, b)] = Math.min(a, b)
      }
      count++
    }
    previous = first
  }
  const area = new Int32Array(count)
  const atBorder = new Uint8Array(count)
  for (let run = 0; run < count; run++) {
    const root = find(run)
    part[run] = root
    area[root]! += end[run]! - begin[run]!
    const y = Math.floor(begin[run]! / width)
    if (y === 0 || y === height - 1 || begin[run] === y * width || end[run] === (y + 1) * width) atBorder[root] = 1
  }
  return { count, begin, end, part, area, atBorder }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}

/** Sets to 0, in place, the parts of `mask` (1 = inside) that have fewer than `minArea` pixels. */
export function dropSmallParts(
  mask: Uint8Array,
  width: number,
  height: number,
  minArea: number,
  connectivity: 4 | 8,
): void {
  const { count, begin, end, part, area } = findParts(mask, width, height, { threshold: 0, above: true, connectivity })
  for (let run = 0; run < count; run++) if (area[part[run]!]! < minArea) mask.fill(0, begin[run], end[run])
}
