// The hidden inputs for files and folders, and the whole page as a place to drop and paste.

import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { addFiles } from '../jobs/add-images.ts'
import { filesOf } from '../jobs/dropped-files.ts'
import { pickers } from '../state/stage.ts'

const isOver = signal(false)

const takeFrom = (input: HTMLInputElement) => {
  addFiles([...(input.files ?? [])])
  // The same file may be chosen again.
  input.value = ''
}

export function Pickers() {
  useEffect(() => {
    const { signal: signalOfAll, abort } = listening()
    addEventListener(
      'dragover',
      (event) => {
        if (!event.dataTransfer?.types.includes('Files')) return
        event.preventDefault()
        isOver.value = true
      },
      { signal: signalOfAll },
    )
    addEventListener(
      'dragleave',
      (event) => {
        if (event.relatedTarget === null) isOver.value = false
      },
      { signal: signalOfAll },
    )
    addEventListener(
      'drop',
      (event) => {
        isOver.value = false
        if (!event.dataTransfer?.types.includes('Files')) return
        event.preventDefault()
        void filesOf(event.dataTransfer).then(addFiles)
      },
      { signal: signalOfAll },
    )
    addEventListener(
      'paste',
      (event) => {
        if (!event.clipboardData?.files.length) return
        event.preventDefault()
        void filesOf(event.clipboardData).then(addFiles)
      },
      { signal: signalOfAll },
    )
    return abort
  }, [])
  return (
    <>
      <input
        ref={(element) => {
          pickers.files = element
        }}
        class="picker"
        type="file"
        accept="image/*,.heic,.heif,.avif,.tif,.tiff,.tga,.ppm,.pgm,.pbm"
        multiple
        hidden
        onChange={(event) => takeFrom(event.currentTarget)}
      />
      <input
        ref={(element) => {
          if (element) element.webkitdirectory = true
          pickers.folder = element
        }}
        type="file"
        multiple
        hidden
        onChange={(event) => takeFrom(event.currentTarget)}
      />
      {isOver.value && <div class="drop-veil">{t().empty.title}</div>}
    </>
  )
}

function listening() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
