import { useSignal } from '@preact/signals'
import { sentenceOf } from '../api/request.ts'
import { copyItem, downloadAll, downloadItem, save } from '../export/save.ts'
import { change, mayBeJpeg, replace, settingOf, settings } from '../finish/settings.ts'
import { commandOf, linkOf, presetText, readPreset, requestOf } from '../finish/texts.ts'
import { bytes, percent, t } from '../i18n/index.ts'
import { allOptions } from '../jobs/versions.ts'
import { version, versionError } from '../preview/follow-item.ts'
import { tooltip } from '../state/actions.ts'
import { announce } from '../state/announce.ts'
import { items, selected } from '../state/items.ts'
import { Choice, Group, Slider } from './controls.tsx'
import { Icon } from './icon.tsx'
import { Report } from './report.tsx'

export function ExportPanel() {
  const outcome = selected.value!.outcome.value
  return (
    <>
      <Format />
      <Files />
      <Preset />
      {outcome && <Report outcome={outcome} />}
    </>
  )
}

const FORMATS = ['png', 'webp', 'jpeg', 'avif', 'psd', 'tiff'] as const
/** What browsers write. */
const IN_BROWSERS: ReadonlySet<string> = new Set(['png', 'webp', 'jpeg'])
const LOSSY: ReadonlySet<string> = new Set(['webp', 'jpeg', 'avif'])

function Format() {
  const { exporting } = t()
  const format = settingOf('format')
  const quality = settingOf('lossyQuality')
  const isOnDevice = selected.value?.where === 'device'
  return (
    <Group title={exporting.format}>
      <Choice
        label={exporting.format}
        value={format}
        choices={FORMATS.map((value) => {
          const isMissing = isOnDevice && !IN_BROWSERS.has(value)
          const lacksBackground = value === 'jpeg' && !mayBeJpeg()
          const title = isMissing ? exporting.notInBrowsers : lacksBackground ? exporting.jpegNeeds : ''
          return { value, label: value.toUpperCase(), isDisabled: title !== '', title }
        })}
        onChange={(value) => change({ format: value })}
      />
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

/** Work that takes a moment, told where it fails. */
function useAttempt() {
  const isBusy = useSignal(false)
  const attempt = async (work: () => Promise<void>) => {
    isBusy.value = true
    try {
      await work()
    } catch (error) {
      announce(error instanceof Error ? error.message : String(error))
    } finally {
      isBusy.value = false
    }
  }
  return { isBusy, attempt }
}

function Files() {
  const { exporting } = t()
  const item = selected.value!
  const { isBusy, attempt } = useAttempt()
  const zipped = useSignal(0)
  const done = items.value.filter(({ status }) => status.value === 'done')
  const isDone = item.status.value === 'done'
  const made = version.value
  const failure = versionError.value
  return (
    <section class="group">
      <button
        type="button"
        class="button primary wide-button"
        disabled={!isDone || isBusy.value}
        title={tooltip('download')}
        onClick={() => attempt(() => downloadItem(item))}
      >
        <Icon name="download" />
        {exporting.download}
        <span class="number">{made ? bytes(made.outcome.bytes) : isDone && !failure ? exporting.preparing : ''}</span>
      </button>
      {failure && <p class="error-text">{sentenceOf(failure.code, failure.detail)}</p>}
      <button
        type="button"
        class="button"
        disabled={!isDone || !navigator.clipboard}
        title={tooltip('copy')}
        onClick={() =>
          attempt(async () => {
            await copyItem(item)
            announce(exporting.copied)
          })
        }
      >
        <Icon name="copy" />
        {exporting.copy}
      </button>
      {done.length > 1 && (
        <button
          type="button"
          class="button"
          disabled={isBusy.value}
          onClick={() =>
            attempt(async () => {
              await downloadAll(done, (count) => {
                zipped.value = count
              })
              zipped.value = 0
            })
          }
        >
          <Icon name="zip" />
          {zipped.value > 0 ? percent(zipped.value / done.length) : exporting.downloadAll(done.length)}
        </button>
      )}
    </section>
  )
}

function Preset() {
  const { exporting } = t()
  const item = selected.value!
  const options = allOptions(item)
  const base = new URL('.', location.href).href
  return (
    <Group title={exporting.settings}>
      <div class="row even">
        <button
          type="button"
          class="button"
          onClick={() =>
            save(new Blob([presetText(settings.value)], { type: 'application/json' }), 'koutu-preset.json')
          }
        >
          {exporting.savePreset}
        </button>
        <label class="button">
          {exporting.loadPreset}
          <input
            class="sr-only"
            type="file"
            accept="application/json,.json"
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? []
              event.currentTarget.value = ''
              void file
                ?.text()
                .then(
                  (text) => replace(readPreset(text)),
                  () => {},
                )
                .catch(() => announce(exporting.noPreset))
            }}
          />
        </label>
      </div>
      <CopyLine label={exporting.asLink} text={linkOf(settings.value, base)} />
      <CopyLine label={exporting.asCommand} text={commandOf(options, item.name)} />
      <CopyLine label={exporting.asRequest} text={requestOf(options, item.name, base)} />
    </Group>
  )
}

function CopyLine({ label, text }: { label: string; text: string }) {
  const { exporting } = t()
  return (
    <details class="copy-line">
      <summary>{label}</summary>
      <textarea readOnly rows={3} aria-label={label} value={text} onFocus={(event) => event.currentTarget.select()} />
      {navigator.clipboard && (
        <button
          type="button"
          class="button"
          onClick={() => void navigator.clipboard.writeText(text).then(() => announce(exporting.copied))}
        >
          <Icon name="copy" />
          {exporting.copyText}
        </button>
      )}
    </details>
  )
}
