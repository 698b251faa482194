// Parses a draft on the server. Lenient, because many versions of clients write them: only the ability and the image are
// required.

export type DraftReading =
  | { readonly type: 'cutout'; readonly imageUri: string }
  /** Not JSON, no object, or nothing in it that could be done. */
  | { readonly type: 'unreadable'; readonly problem: string }
  /** Well-formed, for another tool. */
  | { readonly type: 'other-tool'; readonly generateType: string }
  | { readonly type: 'no-picture' }

type Node = Readonly<Record<string, unknown>>

/** `content` is what stands in `draft_content`: JSON as text, inside the JSON of the request. */
export function readCutoutDraft(content: unknown): DraftReading {
  if (typeof content !== 'string') return { type: 'unreadable', problem: 'draft_content is not text' }
  let draft: Node | null
  try {
    draft = asNode(JSON.parse(content))
  } catch {
    draft = null
  }
  if (!draft) return { type: 'unreadable', problem: 'draft_content is not an object in JSON' }
  const component = mainComponent(draft)
  if (!component) return { type: 'unreadable', problem: 'the draft has no component' }
  const abilities = asNode(component.abilities)
  const { generate_type: named } = component
  // Some drafts name their tool only by the ability they carry.
  const generateType = typeof named === 'string' && named !== '' ? named : (toolOf(abilities) ?? '')
  if (generateType !== 'cutout') return { type: 'other-tool', generateType }
  const ability = asNode(abilities?.cutout)
  if (!ability) return { type: 'unreadable', problem: 'the component has no ability cutout' }
  const image = asNode(ability.init_image)
  const imageUri = [image?.image_uri, image?.uri].find((uri) => typeof uri === 'string' && uri !== '')
  return imageUri === undefined ? { type: 'no-picture' } : { type: 'cutout', imageUri: imageUri as string }
}

/** The one the draft calls its main one, else the first. */
function mainComponent(draft: Node): Node | null {
  const { component_list: list, main_component_id: mainId } = draft
  const components = (Array.isArray(list) ? list : []).map(asNode).filter((node) => node !== null)
  return components.find(({ id }) => id !== undefined && id === mainId) ?? components[0] ?? null
}

function toolOf(abilities: Node | null): string | undefined {
  return Object.entries(abilities ?? {}).find(([, value]) => asNode(value) !== null)?.[0]
}

function asNode(value: unknown): Node | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : null
}
