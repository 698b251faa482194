// app/api/cutout/route.js of a Next.js project. In next.config.js: serverExternalPackages: ['koutu']
// #region all
import { isKoutuError, removeBackground } from 'koutu'

export const runtime = 'nodejs'

export async function POST(request) {
  try {
    const { image } = await removeBackground(request, { maxPixels: 40e6 }, { signal: request.signal })
    return new Response(image.stream(), { headers: { 'content-type': image.mimeType } })
  } catch (error) {
    if (!isKoutuError(error)) throw error
    return Response.json(error, { status: error.row.status })
  }
}
// #endregion
