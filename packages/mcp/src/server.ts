// The server of one connection or request: the tools as the protocol knows them. The same one serves both eras of the protocol.

import { McpServer, type McpServerFactory, type ServerContext } from '@modelcontextprotocol/server'
import { toFailure, toResult } from './answers.ts'
import type { BatchRun } from './batch-run.ts'
import { fileResults } from './files.ts'
import { openFolders } from './folders.ts'
import { createHandles } from './handles.ts'
import type { Cutter } from './ports.ts'
import { startProgress } from './progress.ts'
import { clientRoots } from './roots.ts'
import { attachSkills } from './skills.ts'
import type { Call, Recipe, Session, Tool } from './tool.ts'
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
/** Those that need no folder of the machine. */
const SERVED_TOOLS: readonly Tool[] = TOOLS.filter((tool) => tool !== batchTool && tool !== allowedFoldersTool)

const FILE_INSTRUCTIONS =
  'koutu cuts subjects out of images on this machine. Give absolute paths in the allowed folders and get paths back. ' +
  'Start with remove_background. Look at preview: small before you call a result good; mend it with refine_cutout.'
const SERVED_INSTRUCTIONS =
  'koutu cuts subjects out of images. Give an https URL or a data URL and get the URL of the result, which expires. ' +
  'Start with remove_background; mend a result with refine_cutout.'
const MAX_CUTOUTS = 200
const MAX_BATCHES = 50

/** Handles of one client. */
export function createSession(): Session {
  return {
    cutouts: createHandles<Recipe>('cutout', MAX_CUTOUTS),
    batches: createHandles<BatchRun>('batch', MAX_BATCHES),
  }
}

export interface McpSettings {
  readonly version: string
  /** Folders that may be read and written, absolute. */
  readonly allowed: readonly string[]
}

/** For a client on this machine, which gives and gets paths. */
export function createMcpFactory(cutter: Cutter, { version, allowed }: McpSettings): McpServerFactory {
  const session = createSession()
  return ({ era }) =>
    openServer(TOOLS, { version, instructions: FILE_INSTRUCTIONS }, (server) => ({
      ...session,
      cutter,
      limits: {},
      results: fileResults,
      folders: openFolders(allowed, era === 'legacy' ? clientRoots(server) : undefined),
    }))
}

export type ServedMcp = Pick<Call, 'cutter' | 'results' | 'limits' | keyof Session> & { readonly version: string }

/** For a client elsewhere, which gives addresses and gets addresses. */
export function createServedMcpFactory({ version, ...rest }: ServedMcp): McpServerFactory {
  const folders = openFolders([])
  return () => openServer(SERVED_TOOLS, { version, instructions: SERVED_INSTRUCTIONS }, () => ({ ...rest, folders }))
}

type Context = Omit<Call, 'signal' | 'progress'>

async function openServer(
  tools: readonly Tool[],
  { version, instructions }: { readonly version: string; readonly instructions: string },
  contextOf: (server: McpServer) => Context,
): Promise<McpServer> {
  const server = new McpServer({ name: 'koutu', title: 'koutu', version }, { instructions })
  await attachSkills(server)
  const context = contextOf(server)
  for (const tool of tools)
    register(server, tool, async (args, ctx) => {
      using progress = startProgress(ctx, tool.begins)
      try {
        return toResult(await tool.run(args, { ...context, signal: ctx.mcpReq.signal, progress }))
      } catch (error) {
        return toFailure(error)
      }
    })
  return server
}

type Handler = (args: Record<string, unknown>, ctx: ServerContext) => Promise<ReturnType<typeof toResult>>

function register(server: McpServer, tool: Tool, handler: Handler): void {
  const { name, title, description, annotations } = tool
  const config = { title, description, inputSchema: tool.input, outputSchema: tool.output, annotations }
  server.registerTool(name, config, handler)
}
