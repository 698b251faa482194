// What lies behind the cutout on the stage, and the color over what is removed. Neither is part of the result.

import { t } from '../i18n/index.ts'
import { announce } from '../state/announce.ts'
import { backdrop, overlayColor, setBackdrop, setOverlayColor } from '../state/stage.ts'
import { isDark } from '../state/theme.ts'
import { type Backdrop, CHECKERBOARD } from '../view/backdrop.ts'
import { Icon } from './icon.tsx'

const MENU = 'backdrop-menu'
const COLORS = ['#ffffff', '#808080', '#000000'] as const

export function BackdropMenu() {
  const { stage, finish } = t()
  const current = backdrop.value
  const isChosen = (wanted: Backdrop) => JSON.stringify(wanted) === JSON.stringify(current)
  const colors = current.type === 'checkerboard' ? (current.colors ?? themeColors()) : null
  const swatch = (wanted: Backdrop, label: string, color?: string) => (
    <button
      type="button"
      class={`swatch ${color ? '' : 'checker'}`}
      aria-label={label}
      title={label}
      aria-pressed={isChosen(wanted)}
      ref={(button) => {
        if (color) button?.style.setProperty('--swatch', color)
      }}
      onClick={() => setBackdrop(wanted)}
    />
  )
  return (
    <>
      <button
        type="button"
        class="button icon-only"
        popovertarget={MENU}
        aria-label={stage.behind}
        title={stage.behind}
        id="backdrop-button"
      >
        <Icon name="checker" />
      </button>
      <div id={MENU} class="menu" popover="auto" onToggle={placeMenu}>
        <h2>{stage.behind}</h2>
        <div class="swatches">
          {swatch(CHECKERBOARD, stage.checkerboard)}
          {COLORS.map((color, i) =>
            swatch({ type: 'color', color }, [stage.white, stage.gray, stage.black][i]!, color),
          )}
          <label class="swatch custom" title={finish.custom}>
            <input
              type="color"
              aria-label={`${stage.behind}: ${finish.custom}`}
              value={current.type === 'color' ? current.color : '#808080'}
              onInput={(event) => setBackdrop({ type: 'color', color: event.currentTarget.value })}
            />
          </label>
          <label class="swatch file" title={finish.image} data-on={current.type === 'image' ? '' : undefined}>
            <Icon name="image" />
            <input
              type="file"
              accept="image/*"
              aria-label={`${stage.behind}: ${finish.image}`}
              onChange={(event) => {
                const [file] = event.currentTarget.files ?? []
                event.currentTarget.value = ''
                if (!file) return
                createImageBitmap(file).then(
                  (bitmap) => setBackdrop({ type: 'image', bitmap }),
                  () => announce(finish.noImage),
                )
              }}
            />
          </label>
        </div>
        {colors && (
          <div class="row">
            <span class="grow">{stage.checkerColors}</span>
            {([0, 1] as const).map((i) => (
              <ColorField
                key={i}
                label={`${stage.checkerColors} ${i + 1}`}
                value={colors[i]}
                onInput={(color) =>
                  setBackdrop({ type: 'checkerboard', colors: i === 0 ? [color, colors[1]] : [colors[0], color] })
                }
              />
            ))}
          </div>
        )}
        <div class="row">
          <span class="grow">{stage.overlayColor}</span>
          <ColorField label={stage.overlayColor} value={overlayColor.value} onInput={setOverlayColor} />
        </div>
      </div>
    </>
  )
}

/** Of the checkerboard, as `#rrggbb`. Follows the theme. */
function themeColors(): readonly [string, string] {
  const style = isDark() === null ? null : getComputedStyle(document.body)
  const hex = (name: string) => {
    const channels = style?.getPropertyValue(name).match(/\d+/g)?.slice(0, 3) ?? []
    return `#${channels.map((value) => Number(value).toString(16).padStart(2, '0')).join('')}`
  }
  return [hex('--checker-a-now'), hex('--checker-b-now')]
}

function ColorField(props: { label: string; value: string; onInput: (color: string) => void }) {
  return (
    <input
      class="color-field"
      type="color"
      aria-label={props.label}
      title={props.label}
      value={props.value}
      onInput={(event) => props.onInput(event.currentTarget.value)}
    />
  )
}

/** Above its button, within the window. */
function placeMenu({ currentTarget: menu }: { currentTarget: HTMLElement }): void {
  if (!menu.matches(':popover-open')) return
  const button = document.querySelector('#backdrop-button')!.getBoundingClientRect()
  const { width, height } = menu.getBoundingClientRect()
  const left = Math.min(innerWidth - width - 8, Math.max(8, button.left + button.width / 2 - width / 2))
  Object.assign(menu.style, { left: `${left}px`, top: `${Math.max(8, button.top - height - 8)}px` })
}
