// A native dialog, which brings focus and Escape along.

import type { ComponentChildren } from 'preact'

export function Dialog(props: { title: string; children: ComponentChildren; onClose: () => void; class?: string }) {
  return (
    <dialog
      class={props.class ?? ''}
      aria-label={props.title}
      ref={(dialog) => {
        if (!dialog || dialog.open) return
        dialog.showModal()
        // Focus goes to the first control, which may lie below.
        dialog.scrollTop = 0
        // The dialog has padding: only its backdrop is nothing but itself outside of its box.
        dialog.addEventListener('pointerdown', (event) => {
          if (event.target === dialog && !isWithin(dialog.getBoundingClientRect(), event)) dialog.close()
        })
      }}
      onClose={props.onClose}
    >
      {props.children}
    </dialog>
  )
}

const isWithin = ({ left, right, top, bottom }: DOMRect, { clientX: x, clientY: y }: PointerEvent): boolean =>
  x >= left && x <= right && y >= top && y <= bottom
