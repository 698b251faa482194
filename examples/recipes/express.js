// POST an image, get a transparent PNG. Run: npm install koutu express && node express.js
// #region all
import express from 'express'
import { createRemover, isKoutuError } from 'koutu'

const remover = await createRemover({ maxPixels: 40e6 })
const app = express()

app.post('/cutout', async (request, response) => {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const { image } = await remover.remove(request, {}, { signal: gone.signal })
  response.type(image.mimeType).send(Buffer.from(await image.bytes()))
})
app.use((error, _request, response, _next) => {
  if (isKoutuError(error)) response.status(error.row.status).json(error)
  else response.status(500).json({ message: 'Internal error' })
})

app.listen(Number(process.env.PORT ?? 3000))
// #endregion
