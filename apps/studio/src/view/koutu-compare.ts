// <koutu-compare>: a real range input over the <koutu-view> inside it. Left of its handle is the cutout, right of it the
// original; only the clip moves, never a pixel.

import type { KoutuView } from './koutu-view.ts'

const JUMPS: Readonly<Record<string, number>> = { '1': 0, '2': 50, '3': 100 }

export class KoutuCompare extends HTMLElement {
  readonly #input = document.createElement('input')
  readonly #handle = document.createElement('div')
  #spoken = (percent: number): string => `${percent} %`

  connectedCallback(): void {
    const { view } = this
    if (!view) return
    Object.assign(this.#input, { type: 'range', min: '0', max: '100', step: '0.5', value: '100' })
    this.#handle.className = 'handle'
    this.append(this.#input, this.#handle)
    this.#input.addEventListener('input', () => this.#place())
    this.#input.addEventListener('keydown', (event) => {
      const jump = JUMPS[event.key]
      // Its own keys are not those of the page.
      if (/^(Arrow|Page|Home|End)/.test(event.key) || jump !== undefined) event.stopPropagation()
      if (jump !== undefined) this.value = jump
    })
    this.#input.addEventListener('dblclick', () => {
      this.value = this.value > 99 ? 50 : 100
    })
    view.addEventListener('viewchange', () => this.#place())
  }

  get view(): KoutuView | null {
    return this.querySelector('koutu-view')
  }

  get value(): number {
    return Number(this.#input.value)
  }

  set value(percent: number) {
    this.#input.value = String(percent)
    this.#place()
  }

  set label(text: string) {
    this.#input.setAttribute('aria-label', text)
  }

  /** How the value is read out. */
  set spoken(words: (percent: number) => string) {
    this.#spoken = words
    this.#place()
  }

  #place(): void {
    const { view } = this
    const rect = view?.imageRect
    const isOff = !view || !rect || !view.hasOriginal || !view.hasResult
    this.toggleAttribute('data-off', isOff)
    this.#input.disabled = isOff
    if (!view || !rect) return
    const x = rect.left + (rect.width * this.value) / 100
    // Nothing to compare with: all of what there is.
    const split = !view.hasResult ? '0px' : !view.hasOriginal || this.value >= 100 ? '100%' : `${x}px`
    view.style.setProperty('--split', split)
    const half = THUMB_PX / 2
    Object.assign(this.#input.style, {
      left: `${rect.left - half}px`,
      width: `${rect.width + THUMB_PX}px`,
      top: `${rect.top}px`,
      height: `${rect.height}px`,
    })
    Object.assign(this.#handle.style, { left: `${x}px`, top: `${rect.top}px`, height: `${rect.height}px` })
    this.#input.setAttribute('aria-valuetext', this.#spoken(Math.round(this.value)))
  }
}

/** Width of the handle's target, as in view.css. */
const THUMB_PX = 40

customElements.define('koutu-compare', KoutuCompare)
