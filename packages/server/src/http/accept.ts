// Decides whether a client prefers JSON to the file. Some HTTP libraries send `application/json, */*` by default, and their
// users expect the file: JSON must be preferred to everything else.

const JSON_TYPE = 'application/json'
const TEXT = /^text\//

export function prefersJson(accept: string | undefined): boolean {
  const accepted = (accept ?? '').split(',').map((entry) => {
    const [type, ...params] = entry.split(';').map((part) => part.trim().toLowerCase())
    const weight = params.find((param) => param.startsWith('q='))
    return { type: type!, weight: weight === undefined ? 1 : Number(weight.slice(2)) }
  })
  const json = accepted.find(({ type }) => type === JSON_TYPE)
  if (!json) return false
  // No file is a text, so text types do not compete.
  const files = accepted.filter(({ type }) => type !== JSON_TYPE && !TEXT.test(type))
  return files.every(({ weight }) => weight < json.weight)
}
