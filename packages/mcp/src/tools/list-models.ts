// The catalog of models.

import * as z from 'zod'
import { defineTool } from '../tool.ts'

export const listModelsTool = defineTool({
  name: 'list_models',
  title: 'List models',
  description: 'List the models of koutu, what each is for, its license and whether it is installed.',
  input: z.strictObject({}),
  output: z.object({
    models: z.array(
      z.object({
        id: z.string(),
        about: z.string(),
        license: z.string(),
        commercial: z.string(),
        installed: z.boolean(),
      }),
    ),
  }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  begins: 'Looking for models',
  async run(_args, { cutter }) {
    const models = await cutter.models()
    const installed = models.filter((model) => model.installed).map(({ id }) => id)
    return { data: { models }, text: `Installed: ${installed.join(', ') || 'none'}. Known: ${models.length}.` }
  },
})
