// A Lambda function behind a URL: the image comes and goes as base64. Run: npm install koutu
// #region all
import { createRemover } from 'koutu'

const remover = await createRemover({ maxPixels: 40e6 })

export async function handler(event) {
  const { image } = await remover.remove(Buffer.from(event.body, 'base64'))
  return {
    statusCode: 200,
    headers: { 'content-type': image.mimeType },
    isBase64Encoded: true,
    body: Buffer.from(await image.bytes()).toString('base64'),
  }
}
// #endregion
