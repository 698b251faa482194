// Where files may be read and written.

import * as z from 'zod'
import { defineTool } from '../tool.ts'

export const allowedFoldersTool = defineTool({
  name: 'allowed_folders',
  title: 'Allowed folders',
  description: 'List the folders in which files may be read and written.',
  input: z.strictObject({}),
  output: z.object({ folders: z.array(z.string()) }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  begins: 'Looking for folders',
  async run(_args, { folders }) {
    const allowed = await folders.list()
    return { data: { folders: allowed }, text: allowed.length > 0 ? allowed.join('\n') : `None: ${folders.whyNone}.` }
  },
})
