// Marks over the image while it is fixed: a number on each of several subjects, and two buttons where the matte is unsure.

import type { ComponentChildren } from 'preact'
import { areaStroke } from '../fix/regions.ts'
import { type Limited, limitOf, type Tool } from '../fix/strokes.ts'
import { isTaken, toggleSubject } from '../fix/subject-state.ts'
import { t } from '../i18n/index.ts'
import type { Item } from '../state/items.ts'
import { panel, placement } from '../state/stage.ts'
import { saveList } from '../state/store.ts'
import type { Placement, Point, Rect, Size } from '../view/geometry.ts'
import { Icon } from './icon.tsx'

export function RegionMarks({ item }: { item: Item }) {
  const report = item.outcome.value?.report
  const at = placement.value
  if (!report || !at || panel.value !== 'fix') return null
  const { fix } = t()
  const toStage = ({ x, y }: Point): Point => ({ x: at.x + x * at.scale, y: at.y + y * at.scale })
  const doubts = report.warnings.flatMap(({ box }) => (box && !isMarked(item, box, report.input) ? [box] : []))
  const mark = (tool: Tool, box: Rect) => {
    item.strokes.add(areaStroke(tool, box, report.input))
    saveList()
  }
  return (
    <div class="marks">
      {(['subject', 'strokes'] as const).map((of) => {
        const box = limitOf(item.strokes.value, of)
        return box && <Frame key={of} of={of} box={box} image={report.input} at={at} />
      })}
      {report.subjects.length > 1 &&
        report.subjects.map(({ box }, i) => (
          <Placed key={`subject ${box.left},${box.top}`} at={toStage({ x: box.left + box.width / 2, y: box.top })}>
            <button
              type="button"
              class="mark number"
              aria-pressed={isTaken(item, i)}
              aria-label={fix.subject(i + 1)}
              title={isTaken(item, i) ? fix.leaveSubject : fix.takeSubject}
              onClick={() => void toggleSubject(item, i, fix.subject(i + 1))}
            >
              {i + 1}
            </button>
          </Placed>
        ))}
      {doubts.map((box) => (
        <Placed
          key={`doubt ${box.left},${box.top}`}
          at={toStage({ x: box.left + box.width / 2, y: box.top + box.height / 2 })}
        >
          <span class="doubt" title={fix.doubt}>
            <button
              type="button"
              class="mark"
              aria-label={`${fix.doubt} ${fix.keep}`}
              onClick={() => mark('keep', box)}
            >
              <Icon name="plus" />
            </button>
            <button
              type="button"
              class="mark"
              aria-label={`${fix.doubt} ${fix.erase}`}
              onClick={() => mark('erase', box)}
            >
              <Icon name="minus" />
            </button>
          </span>
        </Placed>
      ))}
    </div>
  )
}

/** `box` is in % of the image. */
function Frame({ of, box, image, at }: { of: Limited; box: Rect; image: Size; at: Placement }) {
  return (
    <div
      class={`limit ${of}`}
      ref={(element) => {
        if (!element) return
        const [sx, sy] = [(image.width * at.scale) / 100, (image.height * at.scale) / 100]
        Object.assign(element.style, {
          translate: `${at.x + box.left * sx}px ${at.y + box.top * sy}px`,
          width: `${box.width * sx}px`,
          height: `${box.height * sy}px`,
        })
      }}
    />
  )
}

function Placed({ at: { x, y }, children }: { at: Point; children: ComponentChildren }) {
  return (
    <div
      class="placed"
      ref={(element) => {
        element?.style.setProperty('translate', `calc(${x}px - 50%) calc(${y}px - 50%)`)
      }}
    >
      {children}
    </div>
  )
}

/** Whether somebody has said something about this area. */
function isMarked(item: Item, box: Rect, image: { width: number; height: number }): boolean {
  return item.strokes.value.some(({ points }) =>
    points.some(([px, py]) => {
      const [x, y] = [(px * image.width) / 100 - box.left, (py * image.height) / 100 - box.top]
      return x >= 0 && y >= 0 && x <= box.width && y <= box.height
    }),
  )
}
