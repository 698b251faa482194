// koutu beside the Python programs: rembg with its server, and pymatting.

import type { Ratios } from '../../../packages/koutu/src/eval/ratios.ts'
import type { Versus } from '../measure/statistics.ts'
import { VARIANTS, type Variant } from '../rembg.ts'
import type { Rows } from '../rows/index.ts'
import type { ServerLoad } from '../rows/rembg-server.ts'
import { mebibytes, milliseconds, type RowValues, ratioText, type Table } from './texts.ts'

export function besideRembg(rows: RowValues): Table {
  const { rembg } = rows
  return {
    title: rembg
      ? `Beside rembg ${rembg.version} (onnxruntime ${rembg.onnxruntime}): medians`
      : 'Beside rembg: medians',
    head: ['what', 'koutu', 'rembg', 'rembg `-a`'],
    rows: [...(rembg ? [...rembgCosts(rembg), ...rembgErrors(rembg.quality)] : []), ...rembgServers(rows)],
  }
}

type Text = (value: number) => string

function rembgCosts({ pictures, msPerPicture, cold, warm, oneMib, folderMib }: Rows['rembg']): string[][] {
  const theirs = ({ theirs, ratio }: Versus, text: Text) => `${text(theirs.median)} (${ratioText(ratio)})`
  const row = (what: string, plain: Versus, matting: Versus | null, text: Text) => [
    what,
    text(plain.ours.median),
    theirs(plain, text),
    matting ? theirs(matting, text) : '',
  ]
  const images = warm.plain.ours.values.length
  return [
    row(`folder of ${pictures}, an image`, msPerPicture.plain, msPerPicture.matting, milliseconds),
    row(`warm call, ${images} images`, warm.plain, warm.matting, milliseconds),
    row('cold, one JPEG', cold, null, milliseconds),
    ...(oneMib ? [row('memory of all processes, one image', oneMib, null, mebibytes)] : []),
    ...(folderMib ? [row('memory of all processes, the folder', folderMib.plain, folderMib.matting, mebibytes)] : []),
  ]
}

/** Masks say where the subject is, and little of its edge. */
const MASK_TIER = 'C'

function rembgErrors({ tiers, images, all }: Rows['rembg']['quality']): string[][] {
  const row = (what: string, ratios: Readonly<Record<Variant, Ratios | null>>, text: (of: Ratios) => string) => [
    what,
    ...VARIANTS.map((variant) => (ratios[variant] ? text(ratios[variant]) : '')),
  ]
  return [
    ...tiers.map(({ tier, images, ratios }) => {
      const [id, name] = tier === MASK_TIER ? (['mae', 'MAE'] as const) : (['sad', 'SAD'] as const)
      return row(`error, tier ${tier}, ${images} images: ${name}, Grad`, ratios, (of) => means(of, id))
    }),
    row(`more than 5 % worse, of ${images}: SAD, Grad`, all, ({ sad, grad }) => `${sad!.worse}, ${grad!.worse}`),
  ]
}

function means(ratios: Ratios, id: 'sad' | 'mae'): string {
  return [ratios[id]!, ratios.grad!].map(({ geometricMean }) => geometricMean.toFixed(2)).join(', ')
}

function rembgServers(rows: RowValues): string[][] {
  const cell = ({ perSecond, latencyMs, peakMib, failed, isEnded }: ServerLoad) =>
    [
      `${perSecond.toFixed(2)} images/s`,
      ...(latencyMs ? [`${(latencyMs.median / 1000).toFixed(1)} s each`] : []),
      ...(peakMib === null ? [] : [mebibytes(peakMib)]),
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(isEnded ? ['no memory left'] : []),
    ].join(', ')
  return (rows['rembg-server']?.loads ?? []).map(({ koutu, rembg }) => {
    const clients = koutu.clients === 1 ? '1 client' : `${koutu.clients} clients at once`
    return [`server, ${clients}`, cell(koutu), cell(rembg), '']
  })
}

export function besidePymatting({ pymatting }: RowValues): Table {
  if (!pymatting) return { title: '', head: [], rows: [] }
  const { version, images, megapixels, methods, errors, foregroundMs } = pymatting
  const errorText = (ratios: Ratios | null) => (ratios ? means(ratios, 'sad') : '')
  const [first] = methods
  return {
    title: `The matte alone, beside pymatting ${version}: medians of ${images} images of ${megapixels.median.toFixed(2)} megapixels`,
    head: ['what', 'alpha and colors', 'ratio', 'error: SAD, Grad'],
    rows: [
      ['koutu', milliseconds(first!.ms.ours.median), '', errorText(errors)],
      ...methods.map(({ method, ms, errors }) => [
        `pymatting, ${METHOD_NAMES[method]}`,
        milliseconds(ms.theirs.median),
        ratioText(ms.ratio),
        errorText(errors),
      ]),
      ['pymatting, multi-level foreground alone', milliseconds(foregroundMs.median), '', ''],
    ],
  }
}

const METHOD_NAMES = { 'closed-form': 'closed form', knn: 'KNN' } as const
