import { change, settingOf } from '../finish/settings.ts'
import {
  brushSize,
  chooseRectangle,
  chooseTool,
  hasLoupe,
  isInImagePixels,
  isMarking,
  limitTo,
  MAX_SIZE,
  MIN_SIZE,
  marked,
  redoStroke,
  softness,
  tool,
  undoStroke,
} from '../fix/brush-state.ts'
import { limitOf } from '../fix/strokes.ts'
import { isTaken, toggleSubject } from '../fix/subject-state.ts'
import { number, percent, t } from '../i18n/index.ts'
import { tooltip } from '../state/actions.ts'
import { selected } from '../state/items.ts'
import { saveList } from '../state/store.ts'
import { Check, Choice, Group, Slider } from './controls.tsx'
import { Icon } from './icon.tsx'

export function FixPanel() {
  return (
    <>
      <Brushes />
      <Region />
      <Subjects />
      <Edge />
    </>
  )
}

function Brushes() {
  const { fix, actions } = t()
  const { strokes } = selected.value!
  const toolButton = (name: 'keep' | 'erase', action: 'brushKeep' | 'brushErase') => (
    <button
      type="button"
      class={`button tool ${name}`}
      aria-pressed={tool.value === name}
      title={tooltip(action)}
      onClick={() => chooseTool(name)}
    >
      <Icon name={name} />
      {fix[name]}
    </button>
  )
  return (
    <Group title={fix.brushes}>
      <div class="row even">
        {toolButton('keep', 'brushKeep')}
        {toolButton('erase', 'brushErase')}
      </div>
      <p class="quiet">{fix.about}</p>
      <Slider
        label={fix.size}
        min={MIN_SIZE}
        max={MAX_SIZE}
        value={brushSize.value}
        shown={`${number(brushSize.value)} px`}
        onInput={(value) => {
          brushSize.value = value
        }}
      />
      <Slider
        label={fix.softness}
        min={0}
        max={100}
        value={Math.round(softness.value * 100)}
        shown={percent(softness.value)}
        onInput={(value) => {
          softness.value = value / 100
        }}
      />
      <Check
        label={fix.loupe}
        value={hasLoupe.value}
        onChange={(value) => {
          hasLoupe.value = value
        }}
      />
      <Check
        label={fix.imagePixels}
        value={isInImagePixels.value}
        onChange={(value) => {
          isInImagePixels.value = value
        }}
      />
      <div class="row even">
        <button
          type="button"
          class="button"
          disabled={!strokes.mayUndo}
          title={tooltip('undo')}
          onClick={() => undoStroke(actions.undo)}
        >
          <Icon name="undo" />
          {actions.undo}
        </button>
        <button
          type="button"
          class="button"
          disabled={!strokes.mayRedo}
          title={tooltip('redo')}
          onClick={() => redoStroke(actions.redo)}
        >
          <Icon name="redo" />
          {actions.redo}
        </button>
      </div>
      {strokes.value.length > 0 && (
        <button
          type="button"
          class="button plain"
          onClick={() => {
            strokes.clear()
            saveList()
          }}
        >
          {fix.clear}
        </button>
      )}
    </Group>
  )
}

function Region() {
  const { fix } = t()
  const item = selected.value!
  const input = item.outcome.value?.report.input
  return (
    <Group title={fix.region}>
      <Choice
        label={fix.region}
        value={marked.value}
        choices={[
          { value: 'subject', label: fix.limited.subject },
          { value: 'strokes', label: fix.limited.strokes },
        ]}
        onChange={(value) => {
          marked.value = value
        }}
      />
      <button
        type="button"
        class="button"
        aria-pressed={isMarking.value}
        disabled={!input}
        title={tooltip('rectangle')}
        onClick={chooseRectangle}
      >
        <Icon name="rectangle" />
        {fix.drawRegion}
      </button>
      {isMarking.value && <p class="quiet">{fix.aboutRegion[marked.value]}</p>}
      {input && limitOf(item.strokes.value, marked.value) && (
        <button type="button" class="button plain" onClick={() => limitTo(null, input)}>
          {fix.wholeImage}
        </button>
      )}
    </Group>
  )
}

/** Where the network found several. */
function Subjects() {
  const { fix } = t()
  const item = selected.value!
  const found = item.outcome.value?.report.subjects ?? []
  if (found.length < 2) return null
  return (
    <Group title={fix.subjects}>
      {found.map(({ box, share }, i) => (
        <Check
          key={`${box.left},${box.top}`}
          label={`${fix.subject(i + 1)} (${percent(share)})`}
          value={isTaken(item, i)}
          onChange={() => void toggleSubject(item, i, fix.subject(i + 1))}
        />
      ))}
    </Group>
  )
}

function Edge() {
  const { fix } = t()
  const [shift, feather] = [settingOf('edgeShift'), settingOf('feather')]
  return (
    <Group title={fix.edge}>
      <Slider
        label={fix.edgeShift}
        min={-10}
        max={10}
        step={0.5}
        value={shift}
        shown={`${number(shift, shift % 1 === 0 ? 0 : 1)} px`}
        onInput={(value) => change({ edgeShift: value })}
      />
      <Slider
        label={fix.feather}
        min={0}
        max={20}
        step={0.5}
        value={feather}
        shown={`${number(feather, feather % 1 === 0 ? 0 : 1)} px`}
        onInput={(value) => change({ feather: value })}
      />
      <Check label={fix.fillHoles} value={settingOf('fillHoles')} onChange={(value) => change({ fillHoles: value })} />
    </Group>
  )
}
