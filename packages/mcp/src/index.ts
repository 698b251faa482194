// The public surface of @koutu/mcp, by name.

export type { Cut, Cutter, ImagePlan, ModelRow, PlannedImage, PlanRequest } from './ports.ts'
export { createMcpFactory, type McpSettings } from './server.ts'
export { type StdioServer, serveStdio } from './stdio.ts'
