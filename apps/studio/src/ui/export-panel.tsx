import { useSignal } from '@preact/signals'
import { sentenceOf } from '../api/request.ts'
import { copyItem, downloadAll, downloadItem } from '../export/save.ts'
import { bytes, percent, t } from '../i18n/index.ts'
import { version, versionError } from '../preview/follow-item.ts'
import { tooltip } from '../state/actions.ts'
import { announce } from '../state/announce.ts'
import { items, selected } from '../state/items.ts'
import { FormatChoice } from './format-choice.tsx'
import { Icon } from './icon.tsx'
import { PresetPanel } from './preset-panel.tsx'
import { Report } from './report.tsx'

export function ExportPanel() {
  const outcome = selected.value!.outcome.value
  return (
    <>
      <FormatChoice />
      <Files />
      <PresetPanel />
      {outcome && <Report outcome={outcome} />}
    </>
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
