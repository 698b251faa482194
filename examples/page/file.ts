// Cuts out the image that a visitor chooses, in the page.

// #region all
import { removeBackground } from '@koutu/browser'

const input = document.querySelector<HTMLInputElement>('#input')!
const preview = document.querySelector<HTMLImageElement>('#preview')!

input.onchange = async () => {
  const { image } = await removeBackground(input.files![0]!)
  preview.src = URL.createObjectURL(await image.blob())
}
// #endregion
