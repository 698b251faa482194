// What a tool answers: data by its schema, one line of text, links, perhaps an image. Never more than hosts accept.

import { type ErrorCode, type KoutuError, toKoutuError } from '@koutu/core'
import type { CallToolResult } from '@modelcontextprotocol/server'

/** Hosts refuse answers above 1,048,576 characters; room is left for the envelope. */
export const MAX_ANSWER_CHARACTERS = 900_000
const MAX_ERROR_CHARACTERS = 2000

export interface Answer {
  /** By the tool's output schema. */
  readonly data: Record<string, unknown>
  /** One line. */
  readonly text: string
  readonly links?: readonly { readonly uri: string; readonly name: string; readonly mimeType: string }[]
  readonly image?: { readonly bytes: Uint8Array; readonly mimeType: string } | undefined
}

export function toResult({ data, text, links = [], image }: Answer): CallToolResult {
  const content: CallToolResult['content'] = [
    { type: 'text', text },
    ...links.map((link) => ({ type: 'resource_link' as const, ...link })),
  ]
  const result: CallToolResult = { content, structuredContent: data }
  if (image) {
    const block = {
      type: 'image' as const,
      data: Buffer.from(image.bytes).toString('base64'),
      mimeType: image.mimeType,
    }
    const whole = { ...result, content: [...content, block] }
    if (JSON.stringify(whole).length <= MAX_ANSWER_CHARACTERS) return whole
  }
  if (JSON.stringify(result).length > MAX_ANSWER_CHARACTERS)
    return { isError: true, content: [{ type: 'text', text: 'INTERNAL: the answer is larger than hosts accept.' }] }
  return result
}

/** What to do next, where the message alone does not say. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  INPUT_NOT_FOUND: 'Check the path.',
  OUTPUT_EXISTS: 'Pass another output, or overwrite: true to replace the file.',
  PATH_NOT_ALLOWED: 'Call allowed_folders to see where files may be read and written.',
  MODEL_MISSING: "Use the model 'isnet-general-use', or ask the user to run koutu models pull.",
  URL_REFUSED: 'Ask the user to download the image into an allowed folder.',
  SUBJECT_NOT_FOUND: 'Mark the subject with refine_cutout.',
  IMAGE_UNSUPPORTED: 'Convert the image to PNG or JPEG first.',
  FETCH_FAILED: 'Try again, or ask the user to download the image.',
}

export function toFailure(error: unknown): CallToolResult {
  const { code, message, row, data }: KoutuError = toKoutuError(error)
  const advice = ADVICE[code] ?? (row.retryable ? 'Try again.' : '')
  const said = message.length <= MAX_ERROR_CHARACTERS ? message : `${message.slice(0, MAX_ERROR_CHARACTERS)}…`
  const sentence = /[.!?…]$/.test(said) ? said : `${said}.`
  return {
    isError: true,
    content: [{ type: 'text', text: `${code}: ${sentence}${advice && ` ${advice}`}` }],
    _meta: { 'koutu/error': { code, retryable: row.retryable, ...(JSON.stringify(data).length < 4000 && { data }) } },
  }
}
