// Asks the person for an image that has no path: the view in the chat takes it.

import * as z from 'zod'
import { defineTool } from '../tool.ts'

export const askForImageTool = defineTool({
  name: 'ask_for_image',
  title: 'Ask for an image',
  description:
    'Show the user a place to drop an image, and cut it out there. Use it when the user has an image without a path in an allowed folder, such as one attached to the chat. Returns at once; the result comes with a later message of the user.',
  input: z.strictObject({}),
  output: z.object({ waiting: z.boolean() }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  begins: 'Asking for an image',
  view: { shown: true, asked: 'by the model' },
  run: async () => ({
    data: { waiting: true },
    text: 'The user can now drop an image into the view. Wait for their next message.',
  }),
})
