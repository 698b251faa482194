// A color from the screen where the browser can, else from the image on the stage.

import { view } from '../state/stage.ts'
import { pickColor } from '../view/pick-color.ts'

interface EyeDropper {
  open(): Promise<{ readonly sRGBHex: string }>
}

/** `#rrggbb`; null where the visitor gave up. */
export async function pipette(): Promise<string | null> {
  const { EyeDropper } = globalThis as { EyeDropper?: new () => EyeDropper }
  if (!EyeDropper) return view.current ? pickColor(view.current) : null
  try {
    return (await new EyeDropper().open()).sRGBHex
  } catch {
    return null
  }
}
