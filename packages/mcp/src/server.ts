// The server of one connection or request: the tools as the protocol knows them. The same one serves both eras of the protocol.

import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type Tool as ListedTool,
  McpServer,
  type McpServerFactory,
  type ServerContext,
} from '@modelcontextprotocol/server'
import * as z from 'zod'
import { toFailure, toResult } from './answers.ts'
import type { BatchRun } from './batch-run.ts'
import { fileResults } from './files.ts'
import { openFolders } from './folders.ts'
import { createHandles } from './handles.ts'
import { createHeldImages } from './held-images.ts'
import type { Cutter } from './ports.ts'
import { startProgress } from './progress.ts'
import { clientRoots } from './roots.ts'
import { attachSkills } from './skills.ts'
import type { Call, Recipe, Session, Tool } from './tool.ts'
import { allowedFoldersTool } from './tools/allowed-folders.ts'
import { askForImageTool } from './tools/ask-for-image.ts'
import { batchTool } from './tools/batch.ts'
import { composeTool } from './tools/compose.ts'
import { inspectImageTool } from './tools/inspect-image.ts'
import { listModelsTool } from './tools/list-models.ts'
import { receiveImageTool } from './tools/receive-image.ts'
import { refineCutoutTool } from './tools/refine-cutout.ts'
import { removeBackgroundTool } from './tools/remove-background.ts'
import { viewImageTool } from './tools/view-image.ts'
import { attachView, showsViews, viewMeta } from './view.ts'

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
/** Listed to hosts that show views, after the others. */
const VIEW_TOOLS: readonly Tool[] = [askForImageTool, receiveImageTool, viewImageTool]
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

/** Handles of one client. `images` may be one store of several. */
export function createSession(images = createHeldImages()): Session {
  return {
    cutouts: createHandles<Recipe>('cutout', MAX_CUTOUTS),
    batches: createHandles<BatchRun>('batch', MAX_BATCHES),
    images,
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
    openServer([...TOOLS, ...VIEW_TOOLS], { version, instructions: FILE_INSTRUCTIONS, hasView: true }, (server) => ({
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
  const identity = { version, instructions: SERVED_INSTRUCTIONS, hasView: false }
  return () => openServer(SERVED_TOOLS, identity, () => ({ ...rest, folders }))
}

type Context = Omit<Call, 'signal' | 'progress'>

interface Identity {
  readonly version: string
  readonly instructions: string
  readonly hasView: boolean
}

/** A client need not wait for other tools or resources. */
const FIXED_LISTS = { tools: { listChanged: false }, resources: { listChanged: false } }

async function openServer(
  tools: readonly Tool[],
  { version, instructions, hasView }: Identity,
  contextOf: (server: McpServer) => Context,
): Promise<McpServer> {
  const server = new McpServer({ name: 'koutu', title: 'koutu', version }, { instructions, capabilities: FIXED_LISTS })
  await attachSkills(server)
  if (hasView) attachView(server)
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
  listTools(server, tools, hasView)
  return server
}

type Handler = (args: Record<string, unknown>, ctx: ServerContext) => Promise<ReturnType<typeof toResult>>

function register(server: McpServer, tool: Tool, handler: Handler): void {
  server.registerTool(tool.name, { inputSchema: tool.input, outputSchema: tool.output }, handler)
}

/** Hosts without views would offer the tools of the view to their model. */
function listTools({ server }: McpServer, tools: readonly Tool[], hasView: boolean): void {
  server.setRequestHandler('tools/list', (_request, { mcpReq }) => {
    const envelope = mcpReq.envelope as Readonly<Record<string, ClientCapabilities>> | undefined
    const capabilities = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities()
    const isShown = hasView && showsViews(capabilities)
    return { tools: tools.filter(({ view }) => isShown || !view?.asked).map((tool) => listed(tool, hasView)) }
  })
}

const listings = new Map<Tool, ListedTool>()

/** As the protocol tells it. The schemas are made once. */
function listed(tool: Tool, hasView: boolean): ListedTool {
  const { name, title, description, annotations, input, output } = tool
  const schema = (object: z.ZodObject, io: 'input' | 'output') =>
    z.toJSONSchema(object, { target: 'draft-2020-12', io }) as ListedTool['inputSchema']
  const listing = listings.get(tool) ?? {
    name,
    title,
    description,
    annotations,
    inputSchema: schema(input, 'input'),
    outputSchema: schema(output, 'output'),
  }
  listings.set(tool, listing)
  const _meta = hasView ? viewMeta(tool) : undefined
  return { ...listing, ...(_meta && { _meta }) }
}
