// POST an image, get a transparent PNG. Run: npm install koutu fastify && node fastify.js
// #region all
import Fastify from 'fastify'
import { createRemover, isKoutuError } from 'koutu'

const remover = await createRemover({ maxPixels: 40e6 })
const app = Fastify()
// The remover reads the stream and enforces its own limits.
app.addContentTypeParser(/^image\//, (_request, payload, done) => done(null, payload))

app.post('/cutout', async (request, reply) => {
  const { image } = await remover.remove(request.body)
  return reply.type(image.mimeType).send(Buffer.from(await image.bytes()))
})
app.setErrorHandler((error, _request, reply) => {
  if (isKoutuError(error)) return reply.code(error.row.status).send(error.toJSON())
  return reply.code(500).send({ message: 'Internal error' })
})

await app.listen({ port: Number(process.env.PORT ?? 3000) })
// #endregion
