// Settings by name, as a file, as a link, as a command, as a request.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { save } from '../export/save.ts'
import { backgroundImage } from '../finish/background-image.ts'
import { applyLook, currentLook } from '../finish/look.ts'
import { type NamedPreset, presets, removePreset, savePreset, usePreset } from '../finish/presets.ts'
import { settings } from '../finish/settings.ts'
import { commandOf, linkOf, presetText, readPreset, requestOf } from '../finish/texts.ts'
import { t } from '../i18n/index.ts'
import { allOptions } from '../jobs/versions.ts'
import { announce } from '../state/announce.ts'
import { selected } from '../state/items.ts'
import { Group } from './controls.tsx'
import { Icon } from './icon.tsx'

export function PresetPanel() {
  const { exporting } = t()
  const item = selected.value!
  const options = allOptions(item)
  const base = new URL('.', location.href).href
  const link = useLink(base)
  const image = backgroundImage.value
  return (
    <Group title={exporting.settings}>
      {presets.value.length > 0 && (
        <ul class="presets">
          {presets.value.map((preset) => (
            <Preset key={preset.name} preset={preset} />
          ))}
        </ul>
      )}
      <NameForm />
      <div class="row even">
        <button
          type="button"
          class="button"
          onClick={() =>
            void currentLook('file').then((look) =>
              save(new Blob([presetText(look)], { type: 'application/json' }), 'koutu-preset.json'),
            )
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
                .then((text) => applyLook(readPreset(text)))
                .catch(() => announce(exporting.noPreset))
            }}
          />
        </label>
      </div>
      <CopyLine label={exporting.asLink} text={link}>
        {image && !image.gradient && <p class="quiet">{image.tiny ? exporting.linkReduced : exporting.linkWithout}</p>}
      </CopyLine>
      <CopyLine label={exporting.asCommand} text={commandOf(options, item.name)} />
      <CopyLine label={exporting.asRequest} text={requestOf(options, item.name, base)} />
    </Group>
  )
}

/** Follows settings and the image behind. */
function useLink(base: string): string {
  const link = useSignal('')
  const [options, image] = [settings.value, backgroundImage.value]
  useEffect(() => {
    void currentLook('link').then((look) => {
      link.value = linkOf(look, base)
    })
  }, [options, image, base])
  return link.value
}

function Preset({ preset }: { preset: NamedPreset }) {
  const { exporting, finish } = t()
  return (
    <li class="row">
      <button
        type="button"
        class="button grow"
        onClick={() => void usePreset(preset).catch(() => announce(finish.noImage))}
      >
        {preset.name}
      </button>
      <button
        type="button"
        class="button plain icon-only"
        aria-label={exporting.removePreset(preset.name)}
        title={exporting.removePreset(preset.name)}
        onClick={() => void removePreset(preset.name)}
      >
        <Icon name="close" />
      </button>
    </li>
  )
}

function NameForm() {
  const { exporting } = t()
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        const form = event.currentTarget
        const name = String(new FormData(form).get('name') ?? '').trim()
        if (!name) return
        void savePreset(name).then(() => announce(exporting.presetSaved(name)))
        form.reset()
      }}
    >
      <input
        class="field"
        name="name"
        required
        maxLength={60}
        autocomplete="off"
        aria-label={exporting.presetName}
        placeholder={exporting.presetName}
      />
      <button type="submit" class="button">
        {exporting.keepPreset}
      </button>
    </form>
  )
}

function CopyLine(props: { label: string; text: string; children?: preact.ComponentChildren }) {
  const { label, text } = props
  const { exporting } = t()
  return (
    <details class="copy-line">
      <summary>{label}</summary>
      <textarea readOnly rows={3} aria-label={label} value={text} onFocus={(event) => event.currentTarget.select()} />
      {props.children}
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
