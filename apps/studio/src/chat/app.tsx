// What the page shows: the stage with its tools, or the place for an image.

import { signal, useSignal, useSignalEffect } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { strokeOf, type Tool } from '../fix/strokes.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import type { BrushStroke } from '../view/brush.ts'
import type { KoutuCompare } from '../view/koutu-compare.ts'
import type { KoutuView } from '../view/koutu-view.ts'
import {
  addStrokes,
  cutout,
  fileName,
  problem,
  redo,
  result,
  scene,
  setDisplayMode,
  status,
  strokes,
  takeFile,
  undo,
} from './cutout.ts'
import { words } from './words.ts'

export const displayMode = signal<{ readonly current: string; readonly mayExpand: boolean }>({
  current: 'inline',
  mayExpand: false,
})

const tool = signal<Tool | null>(null)
/** Diameter in pixels of the screen. */
const brushSize = signal(36)
const SOFTNESS = 0.3

export function App() {
  const isOver = useDrops()
  const picker = useRef<HTMLInputElement>(null)
  return (
    <div class="chat" data-status={status.value} data-over={isOver || undefined}>
      <input
        ref={picker}
        class="picker sr-only"
        type="file"
        accept="image/*"
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => takeFirst(event.currentTarget.files)}
      />
      {scene.value ? <Stage /> : <DropZone onChoose={() => picker.current!.click()} />}
      <Caption onChoose={() => picker.current!.click()} />
    </div>
  )
}

function takeFirst(files: FileList | null | undefined): void {
  const [file] = files ?? []
  if (file) void takeFile(file)
}

/** Takes files dropped anywhere on the page. Returns whether one is above it. */
function useDrops(): boolean {
  const isOver = useSignal(false)
  useEffect(() => {
    const controller = new AbortController()
    const on = (type: 'dragover' | 'dragleave' | 'drop', isAbove: boolean) =>
      document.addEventListener(
        type,
        (event) => {
          event.preventDefault()
          isOver.value = isAbove
          if (type === 'drop') takeFirst(event.dataTransfer?.files)
        },
        controller,
      )
    on('dragover', true)
    on('dragleave', false)
    on('drop', false)
    document.addEventListener('keydown', shortcuts, controller)
    return () => controller.abort()
  }, [])
  return isOver.value
}

function DropZone({ onChoose }: { onChoose: () => void }) {
  const text = words()
  const isEmpty = status.value === 'empty'
  return (
    <main class="drop-zone">
      {isEmpty ? (
        <>
          <Icon name="image" />
          <h1>{text.drop}</h1>
          <p class="quiet">{text.dropAbout}</p>
          <button type="button" class="button primary" onClick={onChoose}>
            {text.choose}
          </button>
        </>
      ) : (
        <p class="quiet">{status.value === 'connecting' ? text.connecting : text.working}</p>
      )}
    </main>
  )
}

function Stage() {
  const compare = useRef<KoutuCompare>(null)
  const zoom = useSignal(1)
  const text = words()
  useScene(compare, zoom)
  useEffect(() => {
    compare.current!.label = text.compare
    compare.current!.spoken = text.compareValue
  }, [text])
  const view = (): KoutuView => compare.current!.view!
  return (
    <main class="stage">
      <h1 class="sr-only">{text.view}</h1>
      <koutu-compare ref={compare}>
        <koutu-view tabIndex={0} role="img" aria-label={`${text.view}: ${fileName.value}`} />
      </koutu-compare>
      <div class="tools" role="toolbar" aria-label={text.tools}>
        <Brush name="keep" />
        <Brush name="erase" />
        {tool.value && (
          <input
            type="range"
            aria-label={text.size}
            min={4}
            max={160}
            value={brushSize.value}
            onInput={(event) => {
              brushSize.value = Number(event.currentTarget.value)
            }}
          />
        )}
        <Action icon="undo" label={text.undo} isDisabled={!strokes.value.mayUndo} onClick={undo} />
        <Action icon="redo" label={text.redo} isDisabled={!strokes.value.mayRedo} onClick={redo} />
        <span class="gap" />
        <Action icon="minus" label={text.zoomOut} onClick={() => view().zoomOut()} />
        <output class="number">{Math.round(zoom.value * 100)} %</output>
        <Action icon="plus" label={text.zoomIn} onClick={() => view().zoomIn()} />
        <Action icon="fit" label={text.fit} onClick={() => view().fit()} />
      </div>
    </main>
  )
}

/** The scene in the view, the brush in the hand, and what it paints. */
function useScene(compare: RefObject<KoutuCompare | null>, zoom: { value: number }): void {
  useSignalEffect(() => {
    const { original, size } = scene.value!
    const view = compare.current!.view!
    if (original) view.setScene(original, size)
    else view.setScene(null, size)
    compare.current!.value = original ? 50 : 100
  })
  useSignalEffect(() => {
    if (result.value && scene.value) compare.current!.view!.setPreview(result.value, scene.value.size)
  })
  useSignalEffect(() => {
    const radius = brushSize.value / 2 / zoom.value
    compare.current!.view!.brush = tool.value && { tool: tool.value, radius, softness: SOFTNESS }
    // Strokes are painted on the cutout.
    if (tool.value) compare.current!.value = 100
  })
  useEffect(() => {
    const view = compare.current!.view!
    const follow = () => {
      zoom.value = view.placement?.scale ?? 1
    }
    const paint = ({ detail }: CustomEvent<BrushStroke>) => {
      const { size } = scene.peek()!
      addStrokes(detail.strokes.map((stroke) => strokeOf(stroke, size)))
    }
    view.addEventListener('viewchange', follow)
    view.addEventListener('stroke', paint as EventListener)
    return () => {
      view.removeEventListener('viewchange', follow)
      view.removeEventListener('stroke', paint as EventListener)
    }
  }, [])
}

function shortcuts(event: KeyboardEvent): void {
  const key = event.key.toLowerCase()
  if ((event.ctrlKey || event.metaKey) && key === 'z') {
    event.preventDefault()
    if (event.shiftKey) redo()
    else undo()
  } else if (key === 'escape') tool.value = null
}

function Brush({ name }: { name: Tool }) {
  return (
    <button
      type="button"
      class="button"
      aria-pressed={tool.value === name}
      onClick={() => {
        tool.value = tool.value === name ? null : name
      }}
    >
      <Icon name={name} />
      {words()[name]}
    </button>
  )
}

interface ActionProps {
  readonly icon: IconName
  readonly label: string
  readonly isDisabled?: boolean
  readonly onClick: () => void
}

function Action({ icon, label, isDisabled = false, onClick }: ActionProps) {
  return (
    <button
      type="button"
      class="button icon-only"
      aria-label={label}
      title={label}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  )
}

/** The file, what was found, and what went wrong. */
function Caption({ onChoose }: { onChoose: () => void }) {
  const text = words()
  const data = cutout.value
  const isWorking = status.value === 'working'
  const found = data && (data.report.subject ? text.coverage(Math.round(data.report.coverage * 100)) : text.noSubject)
  const isExpanded = displayMode.value.current === 'fullscreen'
  return (
    <footer class="caption">
      <p role="status">
        {problem.value ? (
          <span class="problem">{problem.value}</span>
        ) : (
          data && (
            <>
              <strong title={data.output}>{fileName.value}</strong> {isWorking ? text.working : found}
            </>
          )
        )}
      </p>
      {data && (
        <button type="button" class="button plain" disabled={isWorking} onClick={onChoose}>
          <Icon name="add" />
          {text.another}
        </button>
      )}
      {displayMode.value.mayExpand && (
        <button type="button" class="button plain" onClick={() => setDisplayMode(isExpanded ? 'inline' : 'fullscreen')}>
          {isExpanded ? text.shrink : text.expand}
        </button>
      )}
    </footer>
  )
}
