// Names of files that every file system takes.

/** What file systems take at most for one name, without its folders. */
const MAX_NAME_BYTES = 255

/**
 * `stem` and `ending`. A stem that is too long is cut between characters and ends in a hash of the whole, so that it is the same on
 * every run and differs from that of another stem.
 */
export function fitName(stem: string, ending: string): string {
  const name = stem + ending
  if (byteLength(name) <= MAX_NAME_BYTES) return name
  const tail = `-${hash(stem)}${ending}`
  let room = MAX_NAME_BYTES - byteLength(tail)
  let kept = ''
  for (const character of stem) {
    room -= byteLength(character)
    if (room < 0) break
    kept += character
  }
  return kept + tail
}

/** In UTF-8. */
function byteLength(text: string): number {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return length
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): string {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  return (state >>> 0).toString(16).padStart(8, '0')
}
