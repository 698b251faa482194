// The models koutu knows by name, as data. Facts come from the projects' own sources and model cards; what nobody has
// published is null. Nothing here fetches: a `url` source is used only by an explicit pull.

import type * as z from 'zod'
import { excerpt, KoutuError } from '../errors/koutu-error.ts'
import type { ModelInput, ModelKind, ModelManifest, ModelSource } from './manifest.ts'

/** What has a default may be left out. */
type Entry = z.input<typeof ModelManifest>
type Norm = Pick<ModelInput, 'mean' | 'std'>

const REMBG = 'https://github.com/danielgatis/rembg/releases/download/v0.0.0'
const BIREFNET = 'https://github.com/ZhengPeng7/BiRefNet/releases/download/v1'

const IMAGENET: Norm = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
const IMAGENET_MEAN: Norm = { mean: [0.485, 0.456, 0.406], std: [1, 1, 1] }
const HALF: Norm = { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] }
const SYMMETRIC: Norm = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
const UNIT: Norm = { mean: [0, 0, 0], std: [1, 1, 1] }

const square = (side: number, norm: Norm): Entry['input'] => ({ width: side, height: side, fit: 'stretch', ...norm })

const U2NET_NOTE = 'The provenance of the file in the rembg release is not documented (rembg issue 837).'
const DIS_DATA_NOTE =
  'MIT covers code and weights. The training data include DIS5K, whose terms allow only non-commercial research and education.'

const birefnetLicense: Entry['license'] = {
  id: 'MIT',
  url: 'https://github.com/ZhengPeng7/BiRefNet',
  commercial: 'yes',
  note: DIS_DATA_NOTE,
}
const u2netLicense: Entry['license'] = {
  id: 'NOASSERTION',
  url: 'https://github.com/danielgatis/rembg/issues/837',
  commercial: 'unclear',
  note: `The code is Apache-2.0. ${U2NET_NOTE}`,
}

/** The float16 file, and int8 graphs made from it. It ends in its own sigmoid, is clamped and never stretched. */
const isnetPack = (name: string): Entry['sources'][number] => ({
  type: 'pack',
  package: name,
  bytes: 88188479,
  sha256: 'b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb',
  // It is fed (v - 128) / 256.
  input: square(1024, { mean: [128 / 255, 128 / 255, 128 / 255], std: [256 / 255, 256 / 255, 256 / 255] }),
  output: { kind: 'prob', name: 'output' },
})

/** ViTMatte as rembg publishes it: RGB and trimap in 0..1 as four channels, of one fixed size. koutu's authors have not run these files. */
function refiner(
  id: string,
  { title, sha256, trainedOn }: { title: string; sha256: string; trainedOn: string },
): Entry {
  return {
    id,
    kind: 'refiner',
    title,
    about: `Matting network for --refiner, trained on ${trainedOn}. ${id.includes('small') ? 'About 110 MB.' : 'About 380 MB, slower.'}`,
    sources: [{ type: 'url', url: `${REMBG}/${id}.onnx`, sha256 }],
    license: {
      id: 'Apache-2.0',
      url: 'https://huggingface.co/hustvl/vitmatte-small-composition-1k',
      commercial: 'unclear',
      note: `The code is MIT and its authors publish the weights as Apache-2.0; the training set ${trainedOn} is for non-commercial research.`,
    },
    input: square(1024, UNIT),
    output: { kind: 'prob' },
    minRuntime: null,
    memoryMb: null,
  }
}

const ENTRIES: readonly Entry[] = [
  {
    id: 'isnet-general-use',
    title: 'IS-Net general use',
    about: 'General-purpose default, at 1024 px. Needs no download when its model pack is installed.',
    sources: [
      ...['@koutu/model-isnet', '@koutu/model-isnet-fp16'].map(isnetPack),
      {
        type: 'url',
        url: `${REMBG}/isnet-general-use.onnx`,
        bytes: 178648008,
        sha256: '60920e99c45464f2ba57bee2ad08c919a52bbf852739e96947fbb4358c0d964a',
      },
    ],
    license: {
      id: 'NOASSERTION',
      url: 'https://github.com/xuebinqin/DIS/issues/150',
      commercial: 'unclear',
      note: 'The code is Apache-2.0; its author publishes no separate license for the weights (open question, DIS issue 150). They were trained on DIS5K, whose terms allow only non-commercial research and education.',
    },
    input: square(1024, HALF),
    output: { kind: 'minmax' },
    minRuntime: null,
    memoryMb: 1350,
  },
  {
    id: 'isnet-anime',
    title: 'IS-Net anime',
    about: 'Anime characters.',
    sources: [
      {
        type: 'url',
        url: `${REMBG}/isnet-anime.onnx`,
        bytes: 176069933,
        sha256: 'f15622d853e8260172812b657053460e20806f04b9e05147d49af7bed31a6e99',
      },
    ],
    license: {
      id: 'NOASSERTION',
      url: null,
      commercial: 'unclear',
      note: 'No license for these weights was found.',
    },
    input: square(1024, IMAGENET_MEAN),
    output: { kind: 'minmax' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'u2net',
    title: 'U2-Net',
    about: 'Older general-purpose model, at 320 px. Fast, with coarse edges.',
    sources: [
      {
        type: 'url',
        url: `${REMBG}/u2net.onnx`,
        bytes: 175997641,
        sha256: '8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491',
      },
    ],
    license: u2netLicense,
    input: square(320, IMAGENET),
    output: { kind: 'minmax' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'u2netp',
    title: 'U2-Net small',
    about: 'Smallest model, for smoke tests and slow machines.',
    sources: [
      {
        type: 'url',
        url: `${REMBG}/u2netp.onnx`,
        sha256: '309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8',
      },
    ],
    license: u2netLicense,
    input: square(320, IMAGENET),
    output: { kind: 'minmax' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'u2net_human_seg',
    title: 'U2-Net people',
    about: 'People, at 320 px.',
    sources: [
      {
        type: 'url',
        url: `${REMBG}/u2net_human_seg.onnx`,
        sha256: '01eb6a29a5c4d8edb30b56adad9bb3a2a0535338e480724a213e0acfd2d1c73c',
      },
    ],
    license: u2netLicense,
    input: square(320, IMAGENET),
    output: { kind: 'minmax' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'silueta',
    title: 'Silueta',
    about: 'U2-Net reduced to 43 MB, at 320 px.',
    sources: [
      {
        type: 'url',
        url: `${REMBG}/silueta.onnx`,
        sha256: '75da6c8d2f8096ec743d071951be73b4a8bc7b3e51d9a6625d63644f90ffeedb',
      },
    ],
    license: {
      id: 'NOASSERTION',
      url: null,
      commercial: 'unclear',
      note: 'No license for these weights was found.',
    },
    input: square(320, IMAGENET),
    output: { kind: 'minmax' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'birefnet-general',
    title: 'BiRefNet general',
    about: 'Higher quality than the default. Ten times the size, and up to 12 GB of memory.',
    sources: [
      {
        type: 'url',
        url: `${BIREFNET}/BiRefNet-general-epoch_244.onnx`,
        mirrors: [`${REMBG}/BiRefNet-general-epoch_244.onnx`],
        bytes: 972666916,
        sha256: '58f621f00f5d756097615970a88a791584600dcf7c45b18a0a6267535a1ebd3c',
      },
    ],
    license: birefnetLicense,
    input: square(1024, IMAGENET),
    output: { kind: 'logits' },
    minRuntime: null,
    memoryMb: 12300,
  },
  {
    id: 'birefnet-lite',
    title: 'BiRefNet lite',
    about: 'Best quality for its speed and memory on a CPU. Accepts any size in multiples of 64 px.',
    sources: [
      {
        type: 'url',
        url: 'https://huggingface.co/senty-au/BiRefNet_lite-ONNX-dynamic/resolve/173d635935b93839608b9b9039da8d1d212471e9/onnx/model.onnx',
        bytes: 180839545,
        sha256: '1e0da42f0fde010e32e938bad388457ecefe35806fde9d923421997861ae9391',
      },
    ],
    license: { ...birefnetLicense, note: `A third-party conversion of MIT weights. ${DIS_DATA_NOTE}` },
    input: { width: 1024, height: 1024, fit: 'area', multiple: 64, ...IMAGENET },
    output: { kind: 'logits' },
    minRuntime: '1.20',
    memoryMb: 4000,
  },
  {
    id: 'birefnet-portrait',
    title: 'BiRefNet portrait',
    about: 'People, at high quality.',
    sources: [
      {
        type: 'url',
        url: `${BIREFNET}/BiRefNet-portrait-epoch_150.onnx`,
        mirrors: [`${REMBG}/BiRefNet-portrait-epoch_150.onnx`],
        sha256: '1ba1c8ff5a7bbfadc8d8d13fb11d7be793f91f23d9d466549e37a854f6668f99',
      },
    ],
    license: birefnetLicense,
    input: square(1024, IMAGENET),
    output: { kind: 'logits' },
    minRuntime: null,
    memoryMb: 12300,
  },
  {
    id: 'birefnet-matting',
    title: 'BiRefNet matting',
    about: 'Hair and fur.',
    sources: [
      {
        type: 'url',
        url: `${BIREFNET}/BiRefNet-matting-epoch_100.onnx`,
        bytes: 972667742,
        sha256: '6065d27c615ea27308f5b88598dd8db116eb07436c7a323ca40d13b2866c309e',
      },
    ],
    license: birefnetLicense,
    input: square(1024, IMAGENET),
    output: { kind: 'logits' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'birefnet-hr',
    title: 'BiRefNet HR',
    about: 'Highest published scores, at 2048 px. Needs a large amount of memory.',
    sources: [
      {
        type: 'url',
        url: `${BIREFNET}/BiRefNet_HR-general-epoch_130.onnx`,
        bytes: 1098928953,
      },
    ],
    license: birefnetLicense,
    input: square(2048, IMAGENET),
    output: { kind: 'logits' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'birefnet-hr-matting',
    title: 'BiRefNet HR matting',
    about: 'Hair and fur, at 2048 px. Needs a large amount of memory.',
    sources: [
      {
        type: 'url',
        url: `${BIREFNET}/BiRefNet_HR-matting-epoch_135.onnx`,
        bytes: 1098928867,
        sha256: '45b7d92ce0e2e75e1c8a564a9e84c87ac9da7f4315d2deeef3674864e809aef3',
      },
    ],
    license: birefnetLicense,
    input: square(2048, IMAGENET),
    output: { kind: 'logits' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'ben2-base',
    title: 'BEN2 base',
    about: 'Good hard edges. Trained on different data than BiRefNet.',
    sources: [
      {
        type: 'url',
        url: 'https://huggingface.co/PramaLLC/BEN2/resolve/main/BEN2_Base.onnx',
        bytes: 222932053,
        sha256: '22cea62108ff53b7ccc20f7a008bf30494228d84b1687f29ecbe76936a998101',
      },
    ],
    license: {
      id: 'MIT',
      url: 'https://huggingface.co/PramaLLC/BEN2',
      commercial: 'yes',
      note: DIS_DATA_NOTE,
    },
    // As the project's own ONNX script: divided by 255 only, answer stretched; the answer is float16.
    input: square(1024, UNIT),
    output: { kind: 'minmax' },
    minRuntime: null,
    memoryMb: 4000,
  },
  {
    id: 'modnet',
    title: 'MODNet',
    about: 'Portraits. Small (26 MB) and fast.',
    sources: [
      {
        type: 'url',
        url: 'https://huggingface.co/Xenova/modnet/resolve/fa2fa546052fba4c08921230a26cc69a333fca12/onnx/model.onnx',
        bytes: 25888640,
        sha256: '07c308cf0fc7e6e8b2065a12ed7fc07e1de8febb7dc7839d7b7f15dd66584df9',
      },
    ],
    license: {
      id: 'Apache-2.0',
      url: 'https://huggingface.co/Xenova/modnet',
      commercial: 'yes',
      note: 'Apache-2.0 covers the weights.',
    },
    input: { width: 512, height: 512, fit: 'short-side', multiple: 32, ...SYMMETRIC },
    output: { kind: 'prob' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'rmbg-1.4',
    title: 'BRIA RMBG-1.4',
    about: 'General-purpose model by BRIA AI, for non-commercial use.',
    sources: [
      {
        type: 'url',
        url: 'https://huggingface.co/briaai/RMBG-1.4/resolve/main/onnx/model.onnx',
        sha256: '8cafcf770b06757c4eaced21b1a88e57fd2b66de01b8045f35f01535ba742e0f',
      },
    ],
    license: {
      id: 'bria-rmbg-1.4',
      url: 'https://huggingface.co/briaai/RMBG-1.4',
      commercial: 'no',
      note: 'Commercial use requires an agreement with BRIA AI.',
    },
    input: square(1024, HALF),
    output: { kind: 'minmax' },
    minRuntime: null,
    memoryMb: null,
  },
  {
    id: 'rmbg-2.0',
    title: 'BRIA RMBG-2.0',
    about: 'BiRefNet variant by BRIA AI, for non-commercial use.',
    sources: [
      {
        type: 'url',
        url: `${REMBG}/bria-rmbg-2.0.onnx`,
        sha256: '5b486f08200f513f460da46dd701db5fbb47d79b4be4b708a19444bcd4e79958',
      },
    ],
    license: {
      id: 'CC-BY-NC-4.0',
      url: 'https://creativecommons.org/licenses/by-nc/4.0/',
      commercial: 'no',
      note: 'CC BY-NC 4.0; commercial use requires a paid license. The upstream repository is gated.',
    },
    input: square(1024, IMAGENET),
    // The graph answers probabilities: no sigmoid.
    output: { kind: 'prob' },
    minRuntime: null,
    memoryMb: null,
  },
  refiner('vitmatte-small-distinctions-646', {
    title: 'ViTMatte small, Distinctions-646',
    sha256: 'd232841ac9d9657df3e62f6c92ed425ee25df18d337245cd8b903fc1ba183631',
    trainedOn: 'Distinctions-646',
  }),
  refiner('vitmatte-small-composition-1k', {
    title: 'ViTMatte small, Composition-1k',
    sha256: '659b9bb2870f80cffbe20dae4c7f18417fbdf68c0195861d24e9082c28373a24',
    trainedOn: 'Composition-1k',
  }),
  refiner('vitmatte-base-distinctions-646', {
    title: 'ViTMatte base, Distinctions-646',
    sha256: 'd30190833269c1bec3e37319fe67af151028d3be32f6f60f6663a51b209cc8c1',
    trainedOn: 'Distinctions-646',
  }),
  refiner('vitmatte-base-composition-1k', {
    title: 'ViTMatte base, Composition-1k',
    sha256: '87bb10979f816061497ba6867b338c65a05cebd7d1507f6dde92a86382dec1f2',
    trainedOn: 'Composition-1k',
  }),
]

/** Every model koutu knows by name, the default first. */
export const CATALOG: readonly ModelManifest[] = ENTRIES.map(complete)

/** As the schema completes it, which a test holds: reading all by the schema takes each thread of each start 15 ms. */
function complete(entry: Entry): ModelManifest {
  const { id, kind = 'segmenter', title, about, sources, license, input, output, minRuntime, memoryMb } = entry
  return {
    ...{ id, kind, title, about, license, minRuntime, memoryMb },
    sources: sources.map(completeSource),
    input: completeInput(input),
    output: { kind: output.kind, name: output.name ?? null },
  }
}

function completeSource({ input, output, ...source }: Entry['sources'][number]): ModelSource {
  return {
    ...(source.type === 'url' ? { ...source, mirrors: source.mirrors ?? [] } : source),
    bytes: source.bytes ?? null,
    sha256: source.sha256 ?? null,
    ...(input ? { input: completeInput(input) } : {}),
    ...(output ? { output: { kind: output.kind, name: output.name ?? null } } : {}),
  }
}

function completeInput({ width, height, fit, multiple = 1, mean, std }: Entry['input']): ModelInput {
  return { width, height, fit, multiple, mean, std }
}

/** The model of that name, of `kind` where it must be of one. Errors: MODEL_UNKNOWN, naming the nearest names. */
export function findModel(id: string, kind?: ModelKind): ModelManifest {
  const models = kind ? CATALOG.filter((model) => model.kind === kind) : CATALOG
  const found = models.find((model) => model.id === id)
  if (found) return found
  const near = nearestModels(id, models)
  const hint =
    near.length > 0
      ? `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`
      : `expected one of ${models.map((model) => model.id).join(', ')}, or the path of an .onnx file`
  throw new KoutuError('MODEL_UNKNOWN', { detail: `'${excerpt(id)}'; ${hint}`, data: { model: excerpt(id), near } })
}

const DEFAULT_VITMATTE = 'vitmatte-small-distinctions-646'

/** The matting network of that name; `vitmatte` is the smallest. Errors: MODEL_UNKNOWN. */
export function findRefiner(name: string): ModelManifest {
  return findModel(name === 'vitmatte' ? DEFAULT_VITMATTE : name, 'refiner')
}

/** Longest name that is compared and shown; no model has one so long. */
const MAX_NAME = 80
const MAX_SUGGESTIONS = 3

/** Names within a third of their length of edits, or that begin with what was typed, nearest first. */
function nearestModels(id: string, models: readonly ModelManifest[]): string[] {
  const typed = id.slice(0, MAX_NAME).toLowerCase()
  return models
    .map((model) => ({
      id: model.id,
      distance: typed.length > 2 && model.id.startsWith(typed) ? 0 : editDistance(typed, model.id),
    }))
    .filter(({ id: name, distance }) => distance <= Math.ceil(name.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_SUGGESTIONS)
    .map((candidate) => candidate.id)
}

/** Levenshtein distance, two rows at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(change, previous[j]! + 1, row[j - 1]! + 1))
    }
    previous = row
  }
  return previous[b.length]!
}
