import { codecContract } from '../../../../testing/src/codec-contract.ts'
import { createSharpCodec } from './sharp-codec.ts'

codecContract('sharp', () => createSharpCodec())
