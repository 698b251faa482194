// Fields of a request, for the OpenAPI document. params.ts maps them; unknown fields are ignored.

import { z } from '@hono/zod-openapi'

const text = (description: string) => z.string().optional().meta({ description })
const yesOrNo = (description: string) => z.union([z.boolean(), z.string()]).optional().meta({ description })
const file = (description: string) => z.any().openapi({ type: 'string', format: 'binary', description }).optional()

const common = {
  image_file_b64: text('The image in base64, with or without `data:…;base64,`.'),
  image_url: text('URL of the image.'),
  size: text('preview (small, regular), medium, hd, full (4k), 50MP or auto.'),
  type: text('Value returned in X-Type: person, product, animal, car, graphic, transportation.'),
  type_level: text('Level of detail of X-Type: none, 1, 2 or latest.'),
  format: text('auto, png, jpg, webp or zip.'),
  roi: text('x1 y1 x2 y2, each in px or %: search for the subject in this rectangle.'),
  crop: yesOrNo('Crop empty borders.'),
  crop_margin: text('One, two or four lengths in px or % of the subject.'),
  scale: text('10% to 100% of the result, or original.'),
  position: text('original, center, or one or two of 0% to 100%.'),
  channels: text('rgba, or alpha for the mask only.'),
  add_shadow: yesOrNo('As shadow_type=drop.'),
  shadow_type: text('none, or any other word for a drop shadow.'),
  shadow_opacity: text('0 to 100.'),
  semitransparency: yesOrNo('false makes glass opaque.'),
  bg_color: text('Hex of 3, 4, 6 or 8 digits, or a name.'),
  bg_image_url: text('URL of a background image.'),
}

export const RemovebgFields = z.looseObject(common).openapi('RemovebgFields')
export const RemovebgForm = z
  .looseObject({
    image_file: file('The image.'),
    bg_image_file: file('A background image.'),
    ...common,
  })
  .openapi('RemovebgForm')
