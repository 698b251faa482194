// How the image of a person reaches a tool on this machine: dropped into the view, it comes in parts that hosts let through.

import { resolveOptions } from '@koutu/core'
import * as z from 'zod'
import { defineTool } from '../tool.ts'

/** In base64. Hosts refuse messages from about a million on. */
const MAX_PART_CHARACTERS = 700_000

export const receiveImageTool = defineTool({
  name: 'receive_image',
  title: 'Receive image',
  description:
    'Take an image that a person dropped into the view, in parts. Answers with a handle that remove_background takes as input. It stays in memory and is not written to disk.',
  input: z.strictObject({
    name: z.string().max(255).default('image').describe('Name of the file.'),
    data: z
      .string()
      .max(MAX_PART_CHARACTERS)
      .regex(/^[A-Za-z\d+/]+={0,2}$/)
      .describe('The next part of the file, in base64.'),
    handle: z.string().max(200).optional().describe('Of the parts before this one.'),
  }),
  output: z.object({ handle: z.string() }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  begins: 'Receiving the image',
  view: { asked: 'by the view' },
  async run({ name, data, handle }, { images, limits }) {
    const maxBytes = limits.maxBytes ?? resolveOptions({}).maxBytes
    const bytes = Buffer.from(data, 'base64')
    if (handle === undefined) return answer(images.add(bytes, name, maxBytes))
    images.append(handle, bytes, maxBytes)
    return answer(handle)
  },
})

const answer = (handle: string) => ({ data: { handle }, text: handle })
