// Canvases to choose from: shapes as small drawings, sizes of ID photos and marketplaces as a list.

import { type CanvasPreset, changesOf, ID_PHOTOS, MARKETPLACES, presetOf, SHAPES } from '../finish/canvases.ts'
import { change, settings } from '../finish/settings.ts'
import { t } from '../i18n/index.ts'
import { Group } from './controls.tsx'

const DRAWN = 20

export function CanvasChoice() {
  const { finish, canvases } = t()
  const current = presetOf(settings.value.canvas)
  const choose = (preset: CanvasPreset) => change(changesOf(preset, settings.peek()))
  const named = (id: string) => canvases[id as keyof typeof canvases]
  const size = ({ canvas }: CanvasPreset) => (canvas?.unit === 'px' ? ` · ${canvas.width} × ${canvas.height}` : '')
  const isListed = [...ID_PHOTOS, ...MARKETPLACES].some(({ id }) => id === current?.id)
  return (
    <Group title={finish.canvas}>
      <div class="shapes">
        {SHAPES.map((preset) => (
          <button
            key={preset.id}
            type="button"
            class="button shape"
            aria-pressed={current?.id === preset.id}
            onClick={() => choose(preset)}
          >
            <Shape preset={preset} />
            {named(preset.id)}
          </button>
        ))}
      </div>
      <select
        class="field"
        aria-label={finish.canvasSizes}
        value={isListed ? current!.id : ''}
        onChange={(event) => {
          const { value } = event.currentTarget
          const preset = [...ID_PHOTOS, ...MARKETPLACES].find(({ id }) => id === value)
          choose(preset ?? SHAPES[0])
        }}
      >
        <option value="">{finish.canvasSizes}</option>
        <optgroup label={finish.idPhotos}>
          {ID_PHOTOS.map((preset) => (
            <option key={preset.id} value={preset.id}>
              {named(preset.id) + size(preset)}
            </option>
          ))}
        </optgroup>
        <optgroup label={finish.marketplaces}>
          {MARKETPLACES.map((preset) => (
            <option key={preset.id} value={preset.id}>
              {named(preset.id) + size(preset)}
            </option>
          ))}
        </optgroup>
      </select>
    </Group>
  )
}

function Shape({ preset: { canvas } }: { preset: CanvasPreset }) {
  const { width, height } = canvas ?? { width: 4, height: 3 }
  const scale = (DRAWN - 4) / Math.max(width, height)
  const [w, h] = [width * scale, height * scale]
  return (
    <svg class="icon" viewBox={`0 0 ${DRAWN} ${DRAWN}`} aria-hidden="true">
      <rect
        x={(DRAWN - w) / 2}
        y={(DRAWN - h) / 2}
        width={w}
        height={h}
        rx="1.500"
        stroke-dasharray={canvas ? 'none' : '2 2'}
      />
    </svg>
  )
}
