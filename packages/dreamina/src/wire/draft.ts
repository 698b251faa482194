// The draft: the document that describes the task. Every node carries a type and an id of its own. Further abilities extend
// `DraftAbilities` and pass their node to `createDraft`.

const DRAFT_VERSION = '3.3.8'

interface UploadedImage {
  readonly type: 'image'
  readonly id: string
  readonly source_from: 'upload'
  readonly platform_type: 1
  readonly image_uri: string
  readonly uri: string
}

export interface CutoutAbility {
  readonly type: ''
  readonly id: string
  readonly init_image: UploadedImage
  readonly history_option: { readonly type: ''; readonly id: string }
}

/** Ability nodes by their `generate_type`. Open: `declare module '@koutu/dreamina' { interface DraftAbilities { … } }`. */
export interface DraftAbilities {
  cutout: CutoutAbility
}

export interface DraftPorts {
  /** A fresh UUID, version 4. */
  readonly uuid: () => string
  readonly nowMs: () => number
}

export type Draft = ReturnType<typeof createDraft>

/** The envelope all abilities share, around one component. */
export function createDraft<K extends keyof DraftAbilities & string>(
  generateType: K,
  ability: DraftAbilities[K],
  { uuid, nowMs }: DraftPorts,
) {
  const componentId = uuid()
  return {
    type: 'draft',
    id: uuid(),
    min_version: DRAFT_VERSION,
    is_from_tsn: true,
    version: DRAFT_VERSION,
    main_component_id: componentId,
    component_list: [
      {
        type: 'image_base_component',
        id: componentId,
        min_version: DRAFT_VERSION,
        aigc_mode: 'workbench',
        metadata: {
          type: '',
          id: uuid(),
          created_platform: 3,
          created_platform_version: '',
          created_time_in_ms: nowMs(),
          created_did: '',
        },
        generate_type: generateType,
        abilities: { type: '', id: uuid(), [generateType]: ability },
      },
    ],
  }
}

/** The draft that cuts the subject out of an uploaded image. */
export function createCutoutDraft(imageUri: string, ports: DraftPorts): Draft {
  const { uuid } = ports
  return createDraft(
    'cutout',
    {
      type: '',
      id: uuid(),
      init_image: {
        type: 'image',
        id: uuid(),
        source_from: 'upload',
        platform_type: 1,
        image_uri: imageUri,
        uri: imageUri,
      },
      history_option: { type: '', id: uuid() },
    },
    ports,
  )
}
