// POST an image, get a transparent PNG. Run: npm install koutu hono @hono/node-server && node hono.js
// #region all
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createRemover, isKoutuError } from 'koutu'

const remover = await createRemover({ maxPixels: 40e6 })
const app = new Hono()

app.post('/cutout', async (c) => {
  const { image } = await remover.remove(c.req.raw, {}, { signal: c.req.raw.signal })
  return c.body(image.stream(), 200, { 'content-type': image.mimeType })
})
app.onError((error, c) =>
  isKoutuError(error) ? c.json(error.toJSON(), error.row.status) : c.json({ message: 'Internal error' }, 500),
)

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) })
// #endregion
