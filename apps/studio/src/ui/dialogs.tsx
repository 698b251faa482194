// Three dialogs of the page: key, shortcuts, commands.

import { useSignal } from '@preact/signals'
import { keyRequest } from '../api/key.ts'
import { t } from '../i18n/index.ts'
import { ACTIONS, type Action, keyCaps } from '../state/actions.ts'
import { isPaletteOpen, isSheetOpen } from '../state/stage.ts'
import { Dialog } from './dialog.tsx'

export function KeyDialog() {
  const asked = keyRequest.value
  const { keyDialog } = t()
  if (!asked) return null
  return (
    <Dialog title={keyDialog.title} onClose={() => asked.answer(null)}>
      <h2>{keyDialog.title}</h2>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault()
          asked.answer(String(new FormData(event.currentTarget).get('key') ?? '').trim())
        }}
      >
        <p>{asked.isWrong ? keyDialog.wrong : keyDialog.about}</p>
        <input class="field" name="key" type="password" required autocomplete="off" aria-label={keyDialog.title} />
        <div class="actions">
          <button type="button" class="button" onClick={() => asked.answer(null)}>
            {keyDialog.cancel}
          </button>
          <button type="submit" class="button primary">
            {keyDialog.use}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

export function ShortcutSheet() {
  const { shortcuts, actions } = t()
  if (!isSheetOpen.value) return null
  const close = () => {
    isSheetOpen.value = false
  }
  return (
    <Dialog title={shortcuts.title} class="sheet" onClose={close}>
      <h2>{shortcuts.title}</h2>
      <dl class="shortcuts">
        {ACTIONS.filter(({ keys }) => keys.length > 0).map(({ name, keys }) => (
          <>
            <dt>{actions[name]}</dt>
            <dd>
              {keyCaps(keys[0]!).map((cap) => (
                <kbd key={cap}>{cap}</kbd>
              ))}
            </dd>
          </>
        ))}
      </dl>
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          {shortcuts.close}
        </button>
      </div>
    </Dialog>
  )
}

export function CommandPalette() {
  const search = useSignal('')
  const { palette, actions } = t()
  if (!isPaletteOpen.value) return null
  const close = () => {
    isPaletteOpen.value = false
    search.value = ''
  }
  const wanted = search.value.trim().toLowerCase()
  const found = ACTIONS.filter(({ name }) => name !== 'commands' && actions[name].toLowerCase().includes(wanted))
  const run = (action: Action | undefined) => {
    close()
    action?.run()
  }
  return (
    <Dialog title={palette.title} onClose={close} class="palette">
      <search onKeyDown={moveFocus}>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            run(found[0])
          }}
        >
          <input
            class="field"
            type="search"
            aria-label={palette.search}
            placeholder={palette.search}
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value
            }}
          />
        </form>
        <ul>
          {found.map((action) => (
            <li key={action.name}>
              <button type="button" class="button plain" onClick={() => run(action)}>
                <span>{actions[action.name]}</span>
                {action.keys[0] && keyCaps(action.keys[0]).map((cap) => <kbd key={cap}>{cap}</kbd>)}
              </button>
            </li>
          ))}
          {found.length === 0 && <li class="quiet">{palette.none}</li>}
        </ul>
      </search>
    </Dialog>
  )
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }

/** Arrow keys go through the field and what it has found. */
function moveFocus(event: { key: string; currentTarget: HTMLElement; preventDefault(): void }): void {
  const step = STEPS[event.key]
  if (!step) return
  event.preventDefault()
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, button')]
  const at = stops.indexOf(document.activeElement as HTMLElement)
  stops[(at + step + stops.length) % stops.length]?.focus()
}
