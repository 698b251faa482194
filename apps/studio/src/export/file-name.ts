// Names of downloads: those of the inputs, with the ending of the result, each once.

import { FORMAT_FILES } from '@koutu/core/formats'

const EXTENSIONS = new Map(Object.values(FORMAT_FILES).map(({ mimeType, extension }) => [mimeType, extension]))

export function downloadName(name: string, contentType: string): string {
  const stem = name.replace(/\.[^./\\]*$/, '') || 'image'
  return `${stem}.${EXTENSIONS.get(contentType.split(';')[0]!.trim()) ?? 'png'}`
}

/** `a.png`, `a-2.png`: file systems that fold case get no two of one name. */
export function uniqueNames(): (name: string) => string {
  const taken = new Set<string>()
  return (name) => {
    const dot = name.lastIndexOf('.')
    let unique = name
    for (let i = 2; taken.has(unique.toLowerCase()); i++) unique = `${name.slice(0, dot)}-${i}${name.slice(dot)}`
    taken.add(unique.toLowerCase())
    return unique
  }
}
