// Cuts out what is uploaded to a bucket, as a Lambda function. Run: npm install koutu @aws-sdk/client-s3
// #region all
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createRemover, isKoutuError } from 'koutu'

const s3 = new S3Client()
const remover = await createRemover({ maxPixels: 40e6 })

// Set off by s3:ObjectCreated:* under photos/. Results go to cutouts/, which must not set it off again.
export async function handler({ Records }) {
  for (const { s3: source } of Records) {
    const Bucket = source.bucket.name
    const Key = decodeURIComponent(source.object.key.replaceAll('+', ' '))
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
      const { image } = await remover.remove(Body)
      await s3.send(
        new PutObjectCommand({
          Bucket,
          Key: Key.replace(/^photos\//, 'cutouts/').replace(/\.\w+$/, '.png'),
          Body: await image.bytes(),
          ContentType: image.mimeType,
        }),
      )
    } catch (error) {
      // What is thrown is tried again. A damaged image would be damaged the next time, too.
      if (!isKoutuError(error) || error.row.retryable) throw error
      console.error(`${Key}: ${error.code}: ${error.message}`)
    }
  }
}
// #endregion
