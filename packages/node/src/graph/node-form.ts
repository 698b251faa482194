// The two forms of an int8 graph: plain, as the quantizer writes it, which other graphs are derived from; and the one that Node's
// onnxruntime runs, with the same answers.

import { foldImage, unfoldImage } from './fold-image.ts'
import { hideSizes, showSizes } from './hide-sizes.ts'
import type { InputSize } from './input-size.ts'
import type { ModelProto } from './onnx.ts'

/** `model` must not be used afterwards. */
export const toNodeForm = (model: ModelProto): ModelProto => hideSizes(foldImage(model))

/** Undoes `toNodeForm`, or makes the plain form for another size. `model` must not be used afterwards. */
export const toPlainForm = (model: ModelProto, size: InputSize): ModelProto => unfoldImage(showSizes(model, size))
