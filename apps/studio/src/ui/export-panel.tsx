import { useSignal } from '@preact/signals'
import { copyItem, downloadAll, downloadItem } from '../export/save.ts'
import { bytes, t } from '../i18n/index.ts'
import { tooltip } from '../state/actions.ts'
import { announce } from '../state/announce.ts'
import { items, selected } from '../state/items.ts'
import { Icon } from './icon.tsx'
import { Report } from './report.tsx'

export function ExportPanel() {
  const { exporting } = t()
  const item = selected.value!
  const outcome = item.outcome.value
  const isBusy = useSignal(false)
  const done = items.value.filter(({ status }) => status.value === 'done')
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
  return (
    <>
      <section class="group">
        <button
          type="button"
          class="button primary"
          disabled={!outcome || isBusy.value}
          title={tooltip('download')}
          onClick={() => attempt(() => downloadItem(item))}
        >
          <Icon name="download" />
          {exporting.download}
          {outcome && <span class="number">{bytes(outcome.bytes)}</span>}
        </button>
        <button
          type="button"
          class="button"
          disabled={!outcome}
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
            onClick={() => attempt(() => downloadAll(done, () => {}))}
          >
            <Icon name="zip" />
            {exporting.downloadAll(done.length)}
          </button>
        )}
      </section>
      {outcome && <Report outcome={outcome} />}
    </>
  )
}
