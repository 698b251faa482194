// Removes secrets from all output: known values are replaced in every text from outside. Our own texts never contain one;
// services and runtimes may put them into theirs.

const MASK = '[secret]'
/** Longest foreign text in an error, in characters. */
const MAX_TEXT = 200
/** Causes of causes that are kept. */
const MAX_DEPTH = 4

export interface Redactor {
  /** From now on this value is masked. Shorter than 6 characters are no secrets and would mask words. */
  add(secret: string): void
  /** A foreign text, masked, on one line and cut to a readable length. */
  text(value: string): string
  /** A foreign error as a new one with the same name and code, its texts masked, without a stack. */
  cause(error: unknown): Error
}

export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  const mask = (value: string): string => {
    let masked = value
    for (const secret of secrets) masked = masked.replaceAll(secret, MASK)
    return masked
  }
  const text = (value: string): string => {
    // Line breaks and control characters would let a foreign text pass for lines of our own.
    const line = mask(value)
      .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
      .trim()
    return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line
  }
  const cause = (error: unknown, depth: number): Error => {
    const inner = error instanceof Error ? error : new Error(String(error))
    const next = inner.cause !== undefined && depth < MAX_DEPTH ? { cause: cause(inner.cause, depth + 1) } : undefined
    const copy = new Error(text(inner.message), next)
    copy.name = text(inner.name)
    copy.stack = `${copy.name}: ${copy.message}`
    const code = (inner as { code?: unknown }).code
    return typeof code === 'string' ? Object.assign(copy, { code: text(code) }) : copy
  }
  return {
    add(secret) {
      if (secret.length < 6) return
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) secrets.add(form)
    },
    text,
    cause: (error) => cause(error, 0),
  }
}
