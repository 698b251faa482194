// Whether a client asks for JSON instead of the file. Some HTTP libraries send `application/json, */*` whatever they are
// used for, and their users expect the file: JSON has to be wished for more than anything else.

const JSON_TYPE = 'application/json'
const TEXT = /^text\//

export function prefersJson(accept: string | undefined): boolean {
  const wishes = (accept ?? '').split(',').map((wish) => {
    const [type, ...params] = wish.split(';').map((part) => part.trim().toLowerCase())
    const weight = params.find((param) => param.startsWith('q='))
    return { type: type!, weight: weight === undefined ? 1 : Number(weight.slice(2)) }
  })
  const json = wishes.find(({ type }) => type === JSON_TYPE)
  if (!json) return false
  // No file is a text, so wishes for texts do not compete.
  const files = wishes.filter(({ type }) => type !== JSON_TYPE && !TEXT.test(type))
  return files.every(({ weight }) => weight < json.weight)
}
