// All that a preset or a link carries: the settings, and what lies behind the subject where options cannot name it.

import { backgroundImage, useAsBackground, useGradient } from './background-image.ts'
import { replace, settings } from './settings.ts'
import type { Behind, Look } from './texts.ts'

/** An image as it is for a file, and as a small copy for a link, where there is one. */
export async function currentLook(form: 'file' | 'link'): Promise<Look> {
  const image = backgroundImage.peek()
  const options = settings.peek()
  if (!image) return { options, behind: null }
  if (image.gradient) return { options, behind: { gradient: image.gradient } }
  const blob = form === 'file' ? image.file : image.tiny
  return { options, behind: blob && { name: image.name, image: await dataUrlOf(blob) } }
}

/** Errors: where the browser does not read the image. */
export async function applyLook({ options, behind }: Look): Promise<void> {
  backgroundImage.value = null
  if (behind) await useBehind(behind)
  replace(options)
}

async function useBehind(behind: Behind): Promise<void> {
  if ('gradient' in behind) await useGradient(...behind.gradient)
  else await useAsBackground(blobOf(behind.image), behind.name)
}

async function dataUrlOf(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return `data:${blob.type};base64,${btoa(text)}`
}

function blobOf(url: string): Blob {
  const [head, base64] = url.split(',')
  const bytes = Uint8Array.from(atob(base64!), (character) => character.charCodeAt(0))
  return new Blob([bytes], { type: /^data:([^;]+)/.exec(head!)![1]! })
}
