// The public surface of @koutu/mcp, by name.

export { createMcpHandler } from '@modelcontextprotocol/server'
export { createHeldImages } from './held-images.ts'
export type { Cut, Cutter, ImagePlan, ModelRow, PlannedImage, PlanRequest } from './ports.ts'
export type { Results } from './results.ts'
export { asksTheSame } from './same-network.ts'
export {
  createMcpFactory,
  createServedMcpFactory,
  createSession,
  type McpSettings,
  type ServedMcp,
} from './server.ts'
export { type StdioServer, serveStdio } from './stdio.ts'
export type { Session } from './tool.ts'
