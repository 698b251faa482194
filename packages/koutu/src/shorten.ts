// Texts of others as messages quote them.

/** The beginning and the end of a text that is longer than a message may be. */
export function shorten(text: string, length = 120): string {
  if (text.length <= length) return text
  const head = Math.ceil((length - 1) / 2)
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`
}
