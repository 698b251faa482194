// Cuts out the image that a visitor chooses, in the page.
declare const input: HTMLInputElement
declare const preview: HTMLImageElement

// #region all
import { removeBackground } from '@koutu/browser'

input.onchange = async () => {
  const { image } = await removeBackground(input.files![0]!)
  preview.src = URL.createObjectURL(await image.blob())
}
// #endregion
