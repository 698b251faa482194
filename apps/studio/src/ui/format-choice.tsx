import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { FORMATS, type Format, ratesOf, type Sizes, sizesFrom } from '../export/estimate.ts'
import { change, mayBeJpeg, settingOf } from '../finish/settings.ts'
import { bytes, t } from '../i18n/index.ts'
import { allOptions, type Version } from '../jobs/versions.ts'
import { version } from '../preview/follow-item.ts'
import { previewOf, psdRateOf } from '../preview/preview.ts'
import { type Item, selected } from '../state/items.ts'
import { Group, Slider } from './controls.tsx'

/** What can be written in browsers. */
const IN_BROWSERS: ReadonlySet<Format> = new Set(['png', 'webp', 'jpeg', 'psd'])
const LOSSY: ReadonlySet<Format> = new Set(['webp', 'jpeg', 'avif'])

export function FormatChoice() {
  const { exporting } = t()
  const format = settingOf('format') as Format
  const quality = settingOf('lossyQuality')
  const isOnDevice = selected.value?.where === 'device'
  const sizes = useSizes(selected.value!, format, quality)
  return (
    <Group title={exporting.format}>
      <fieldset class="choice formats">
        <legend class="sr-only">{exporting.format}</legend>
        {FORMATS.map((value) => {
          const isMissing = isOnDevice && !IN_BROWSERS.has(value)
          const lacksBackground = value === 'jpeg' && !mayBeJpeg()
          const why = isMissing ? exporting.notInBrowsers : lacksBackground ? exporting.jpegNeeds : ''
          const size = sizes[value]
          return (
            <label key={value} title={why}>
              <input
                type="radio"
                name="format"
                aria-label={value.toUpperCase()}
                checked={value === format}
                disabled={why !== ''}
                onChange={() => change({ format: value })}
              />
              <span>
                <b>{value.toUpperCase()}</b>
                <small class="number">
                  {why || size === undefined ? ' ' : `${value === format ? '' : '≈ '}${bytes(size)}`}
                </small>
              </span>
            </label>
          )
        })}
      </fieldset>
      {LOSSY.has(format) && (
        <Slider
          label={exporting.quality}
          min={1}
          max={100}
          value={quality}
          shown={String(quality)}
          onInput={(value) => change({ lossyQuality: value })}
        />
      )}
    </Group>
  )
}

/** The size of the file that is there, and about those of the others. The last ones stay until there are new ones. */
function useSizes(item: Item, format: Format, quality: number): Sizes {
  const sizes = useSignal<Sizes>({})
  const made = version.value
  useEffect(() => {
    if (!made) return
    let isCurrent = true
    sizes.value = { ...sizes.peek(), [format]: made.outcome.bytes }
    const timer = setTimeout(() => {
      void estimate(item, made, format, quality).then((found) => {
        if (isCurrent) sizes.value = found
      })
    }, REST_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [made])
  return sizes.value
}

const REST_MS = 300

/** What is not known is left out. */
async function estimate(item: Item, { file, outcome }: Version, format: Format, quality: number): Promise<Sizes> {
  const options = allOptions(item)
  const encoded = async () => {
    const bitmap = await createImageBitmap(file).catch(() => null)
    // The browser does not read this format: the preview shows the same.
    const rates = await ratesOf(bitmap ?? (await previewOf(item, options)).bitmap, quality)
    bitmap?.close()
    return rates
  }
  const [rates, psd] = await Promise.all([encoded().catch(() => null), psdRateOf(item, options).catch(() => null)])
  return sizesFrom({ ...rates, ...(psd && { psd }) }, format, outcome.bytes)
}
