import { useComputed } from '@preact/signals'
import { backgroundImage, useAsBackground, useGradient } from '../finish/background-image.ts'
import { imageColors } from '../finish/image-colors.ts'
import { pipette } from '../finish/pipette.ts'
import { change, replace, settingOf, settings } from '../finish/settings.ts'
import { number, percent, t } from '../i18n/index.ts'
import { announce } from '../state/announce.ts'
import { selected } from '../state/items.ts'
import { CanvasChoice } from './canvas-choice.tsx'
import { Check, Choice, Group, Slider } from './controls.tsx'
import { Icon } from './icon.tsx'

export function FinishPanel() {
  const { finish } = t()
  return (
    <>
      <Background />
      <CanvasChoice />
      <Frame />
      <Shadow />
      {(Object.keys(settings.value).length > 0 || backgroundImage.value) && (
        <button
          type="button"
          class="button plain"
          onClick={() => {
            backgroundImage.value = null
            replace({})
          }}
        >
          {finish.reset}
        </button>
      )}
    </>
  )
}

const GRADIENTS = [
  ['#f7f8fa', '#c9d0d8'],
  ['#fde7d3', '#e9a58d'],
] as const

const HEX = /^#[0-9a-f]{6}/i

function Background() {
  const { finish } = t()
  const background = settingOf('background')
  const colors = useComputed(() => {
    const bitmap = selected.value?.original.value
    return bitmap ? imageColors(bitmap) : []
  })
  const image = backgroundImage.value
  const isFile = image !== null && !GRADIENTS.some(([from, to]) => image.name === `${from} ${to}`)
  const color = background.type === 'color' ? background.color : null
  const opaque = color && HEX.test(color) ? color.slice(0, 7) : '#ffffff'
  const alpha = color?.length === 9 ? Number.parseInt(color.slice(7), 16) / 255 : 1
  const setColor = (hex: string, share = 1) => {
    const suffix =
      share >= 1
        ? ''
        : Math.round(share * 255)
            .toString(16)
            .padStart(2, '0')
    change({ background: { type: 'color', color: hex + suffix } })
  }
  const swatch = (value: string, label: string) => (
    <button
      key={value}
      type="button"
      class="swatch"
      aria-label={label}
      title={label}
      aria-pressed={color?.slice(0, 7) === value}
      ref={(button) => button?.style.setProperty('--swatch', value)}
      onClick={() => setColor(value)}
    />
  )
  return (
    <Group title={finish.background}>
      <div class="swatches">
        <button
          type="button"
          class="swatch checker"
          aria-label={finish.transparent}
          title={finish.transparent}
          aria-pressed={background.type === 'transparent' && !image}
          onClick={() => change({ background: { type: 'transparent' } })}
        />
        {swatch('#ffffff', finish.white)}
        {swatch('#000000', finish.black)}
        {colors.value.map((value) => swatch(value, finish.fromImage(value)))}
        <button
          type="button"
          class="swatch blur"
          aria-label={finish.blur}
          title={finish.blur}
          aria-pressed={background.type === 'blur'}
          onClick={() => change({ background: { type: 'blur' } })}
        />
        {GRADIENTS.map(([from, to]) => (
          <button
            key={from}
            type="button"
            class="swatch"
            aria-label={finish.gradient(from, to)}
            title={finish.gradient(from, to)}
            aria-pressed={image?.name === `${from} ${to}`}
            ref={(button) => button?.style.setProperty('--swatch', `linear-gradient(${from}, ${to})`)}
            onClick={() => void useGradient(from, to)}
          />
        ))}
        <label class="swatch file" title={finish.image} data-on={isFile ? '' : undefined}>
          <Icon name="image" />
          <input
            type="file"
            accept="image/*"
            aria-label={finish.image}
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? []
              event.currentTarget.value = ''
              if (file) useAsBackground(file, file.name).catch(() => announce(finish.noImage))
            }}
          />
        </label>
        <button
          type="button"
          class="swatch file"
          aria-label={finish.pipette}
          title={finish.pipette}
          onClick={() => void pipette().then((picked) => picked && setColor(picked, alpha))}
        >
          <Icon name="pipette" />
        </button>
        <label class="swatch custom" title={finish.custom}>
          <input
            type="color"
            aria-label={finish.custom}
            value={opaque}
            onInput={(event) => setColor(event.currentTarget.value, alpha)}
          />
        </label>
      </div>
      {color && (
        <Slider
          label={finish.opacity}
          min={0}
          max={100}
          value={Math.round(alpha * 100)}
          shown={percent(alpha)}
          onInput={(value) => setColor(opaque, value / 100)}
        />
      )}
    </Group>
  )
}

function Frame() {
  const { finish } = t()
  const margin = settingOf('margin')
  const marginPercent = Array.isArray(margin) || margin.unit !== '%' ? 0 : margin.value
  const scale = settings.value.scale
  const position = settings.value.position
  const place = typeof position === 'object' ? position : { x: 50, y: 50 }
  return (
    <Group title={finish.frame}>
      <Check label={finish.crop} value={settingOf('crop')} onChange={(crop) => change({ crop })} />
      {settingOf('crop') && (
        <Slider
          label={finish.margin}
          min={0}
          max={50}
          value={marginPercent}
          shown={percent(marginPercent / 100)}
          onInput={(value) => change({ margin: { value, unit: value === 0 ? 'px' : '%' } })}
        />
      )}
      <Check
        label={finish.place}
        value={scale !== undefined}
        onChange={(isOn) => change(isOn ? { scale: 80 } : { scale: undefined, position: undefined })}
      />
      {scale !== undefined && (
        <>
          <Slider
            label={finish.scale}
            min={10}
            max={100}
            value={scale}
            shown={percent(scale / 100)}
            onInput={(value) => change({ scale: value })}
          />
          <Slider
            label={finish.across}
            min={0}
            max={100}
            value={place.x}
            shown={percent(place.x / 100)}
            onInput={(x) => change({ position: { ...place, x } })}
          />
          <Slider
            label={finish.down}
            min={0}
            max={100}
            value={place.y}
            shown={percent(place.y / 100)}
            onInput={(y) => change({ position: { ...place, y } })}
          />
          <p class="quiet">{finish.drag}</p>
        </>
      )}
    </Group>
  )
}

function Shadow() {
  const { finish } = t()
  const shadow = settingOf('shadow')
  const opacity = settingOf('shadowOpacity')
  return (
    <Group title={finish.shadow}>
      <Choice
        label={finish.shadow}
        value={shadow}
        choices={[
          { value: 'none', label: finish.shadowNone },
          { value: 'drop', label: finish.shadowDrop },
          { value: 'keep', label: finish.shadowKeep },
        ]}
        onChange={(value) => change({ shadow: value })}
      />
      {shadow === 'drop' && (
        <Slider
          label={finish.shadowOpacity}
          min={0}
          max={100}
          value={Math.round(opacity * 100)}
          shown={`${number(opacity * 100)} %`}
          onInput={(value) => change({ shadowOpacity: value / 100 })}
        />
      )}
    </Group>
  )
}
