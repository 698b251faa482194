// The view in the chat: entry point. Greets the host, follows its theme and language, and shows what it hands over.

import { render } from 'preact'
import '../view/koutu-view.ts'
import '../view/koutu-compare.ts'
import { App, displayMode } from './app.tsx'
import { problem, showResult, status, useHost } from './cutout.ts'
import { connectHost } from './host.ts'
import { setLocale, words } from './words.ts'

render(<App />, document.body)
const host = await connectHost('1', {
  onInput() {
    status.value = 'working'
  },
  onResult: (result) => void showResult(result),
  onCanceled() {
    problem.value = words().canceled
    status.value = 'empty'
  },
  onContext(context) {
    const root = document.documentElement
    if (context.theme) root.dataset.theme = context.theme
    if (context.locale) setLocale(context.locale)
    for (const [name, value] of Object.entries(context.styles?.variables ?? {}))
      if (name.startsWith('--') && typeof value === 'string') root.style.setProperty(name, value)
    const { containerDimensions: box } = context
    root.toggleAttribute('data-fixed', Boolean(box && 'height' in box) || context.displayMode === 'fullscreen')
    displayMode.value = {
      current: context.displayMode ?? 'inline',
      mayExpand: context.availableDisplayModes?.includes('fullscreen') ?? false,
    }
  },
})
useHost(host)
if (status.peek() === 'connecting') status.value = 'empty'
new ResizeObserver(() => host.tellSize(document.body.scrollWidth, document.body.scrollHeight)).observe(document.body)
