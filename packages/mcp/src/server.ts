// The server of one connection: the tools as the protocol knows them. The same factory serves both eras of the protocol.

import { McpServer, type McpServerFactory, type ServerContext } from '@modelcontextprotocol/server'
import { toFailure, toResult } from './answers.ts'
import type { BatchRun } from './batch-run.ts'
import { openFolders } from './folders.ts'
import { createHandles } from './handles.ts'
import type { Cutter } from './ports.ts'
import { startProgress } from './progress.ts'
import { clientRoots } from './roots.ts'
import { attachSkills } from './skills.ts'
import type { Recipe, Session, Tool } from './tool.ts'
import { allowedFoldersTool } from './tools/allowed-folders.ts'
import { batchTool } from './tools/batch.ts'
import { composeTool } from './tools/compose.ts'
import { inspectImageTool } from './tools/inspect-image.ts'
import { listModelsTool } from './tools/list-models.ts'
import { refineCutoutTool } from './tools/refine-cutout.ts'
import { removeBackgroundTool } from './tools/remove-background.ts'

/** In the order in which they are listed. */
export const TOOLS: readonly Tool[] = [
  removeBackgroundTool,
  inspectImageTool,
  refineCutoutTool,
  composeTool,
  batchTool,
  listModelsTool,
  allowedFoldersTool,
]

export interface McpSettings {
  readonly version: string
  /** Folders that may be read and written, absolute. */
  readonly allowed: readonly string[]
}

const INSTRUCTIONS =
  'koutu cuts subjects out of images on this machine. Give absolute paths in the allowed folders and get paths back. ' +
  'Start with remove_background. Look at preview: small before you call a result good; mend it with refine_cutout.'
const MAX_CUTOUTS = 200
const MAX_BATCHES = 50

export function createMcpFactory(cutter: Cutter, { version, allowed }: McpSettings): McpServerFactory {
  const session: Session = {
    cutter,
    cutouts: createHandles<Recipe>('cutout', MAX_CUTOUTS),
    batches: createHandles<BatchRun>('batch', MAX_BATCHES),
  }
  return async ({ era }) => {
    const server = new McpServer({ name: 'koutu', title: 'koutu', version }, { instructions: INSTRUCTIONS })
    await attachSkills(server)
    const folders = openFolders(allowed, era === 'legacy' ? clientRoots(server) : undefined)
    for (const tool of TOOLS)
      register(server, tool, async (args, ctx) => {
        using progress = startProgress(ctx, tool.begins)
        try {
          return toResult(await tool.run(args, { ...session, folders, signal: ctx.mcpReq.signal, progress }))
        } catch (error) {
          return toFailure(error)
        }
      })
    return server
  }
}

type Handler = (args: Record<string, unknown>, ctx: ServerContext) => Promise<ReturnType<typeof toResult>>

function register(server: McpServer, tool: Tool, handler: Handler): void {
  const { name, title, description, annotations } = tool
  const config = { title, description, inputSchema: tool.input, outputSchema: tool.output, annotations }
  server.registerTool(name, config, handler)
}
