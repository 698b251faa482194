import { describe, expect, it } from 'vitest'
import type { AssetModel } from '../files/manifest.ts'
import { chooseModel } from './choose-model.ts'
import { type BrowserFacts, type Candidate, candidatesFor, openFirst } from './provider.ts'
import type { Runner } from './runner.ts'

const DESKTOP: BrowserFacts = {
  isIsolated: true,
  processors: 4,
  webgpuMissing: null,
  isGpuEmulated: false,
  hasHalves: false,
  isPhone: false,
  products: null,
}
const named = (device: 'auto' | 'webgpu' | 'wasm', facts: Partial<BrowserFacts> = {}, hasPlan = true) => {
  const { candidates, warnings } = candidatesFor(device, { ...DESKTOP, ...facts }, hasPlan)
  const names = candidates.map(
    ({ name, threads, hasHalves, products }) =>
      `${name} ${threads}${hasHalves ? ' halves' : ''}${products ? ` ${products}` : ''}`,
  )
  return [names, warnings.map(({ code }) => code)]
}

describe('candidatesFor', () => {
  it('goes from the fastest to the safest', () => {
    expect(named('auto')).toEqual([['webgpu 1', 'wasm 4', 'wasm 1'], []])
    expect(named('auto', { hasHalves: true })[0]).toEqual(['webgpu 1 halves', 'webgpu 1', 'wasm 4', 'wasm 1'])
    expect(named('wasm', { processors: 64 })).toEqual([['wasm 8', 'wasm 1'], []])
    expect(named('wasm', { processors: 1, isIsolated: false })).toEqual([['wasm 1'], []])
  })

  it('tries its own engine before onnxruntime, for networks with a plan, where products are exact', () => {
    for (const products of ['unsigned', 'signed', 'wide'] as const) {
      const own = [`wasm 4 ${products}`, `wasm 1 ${products}`]
      expect(named('wasm', { products })[0]).toEqual([...own, 'wasm 4', 'wasm 1'])
      expect(named('auto', { products })[0]).toEqual(['webgpu 1', ...own, 'wasm 4', 'wasm 1'])
      expect(named('wasm', { products, isIsolated: false })[0]).toEqual([`wasm 1 ${products}`, 'wasm 1'])
      expect(named('wasm', { products }, false)[0]).toEqual(['wasm 4', 'wasm 1'])
    }
  })

  it('takes no WebGPU that is emulated, nor on phones, unless it is asked for', () => {
    for (const facts of [{ isGpuEmulated: true }, { isPhone: true }]) {
      expect(named('auto', facts)).toEqual([['wasm 4', 'wasm 1'], []])
      expect(named('webgpu', facts)).toEqual([['webgpu 1', 'wasm 4', 'wasm 1'], []])
    }
  })

  it('says what is missing', () => {
    expect(named('auto', { webgpuMissing: 'none', isIsolated: false })).toEqual([['wasm 1'], ['not-isolated']])
    expect(named('webgpu', { webgpuMissing: 'none' })).toEqual([['wasm 4', 'wasm 1'], ['device-unavailable']])
  })
})

describe('openFirst', () => {
  const runner = {} as Runner
  const opening = (works: (candidate: Candidate) => boolean) =>
    openFirst(candidatesFor('auto', { ...DESKTOP, products: 'unsigned' }, true), async (candidate) => {
      if (works(candidate)) return runner
      throw new Error('out of luck')
    })

  it('takes the first that works, and warns of the others', async () => {
    expect(await opening(() => true)).toMatchObject({ name: 'webgpu', warnings: [] })
    const last = await opening(({ name, threads, products }) => name === 'wasm' && threads === 1 && !products)
    expect(last).toMatchObject({ name: 'wasm', threads: 1, products: null })
    expect(last.warnings.map(({ message }) => message)).toEqual([
      'WebGPU could not be used: out of luck.',
      "koutu's own engine in WebAssembly with 4 threads could not be used: out of luck.",
      "koutu's own engine in WebAssembly with 1 thread could not be used: out of luck.",
      'WebAssembly with 4 threads could not be used: out of luck.',
    ])
  })

  it('has an error that names all', async () => {
    await expect(opening(() => false)).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: expect.stringMatching(/WebGPU .* 4 threads .* 1 thread /),
    })
  })
})

describe('chooseModel', () => {
  const WASM = { name: 'wasm', hasHalves: false } as const
  const model = (precision: AssetModel['precision'], isFast: boolean, id = 'a') =>
    ({ id, precision, isFast }) as AssetModel
  const all = [model('int8', false), model('int8', true), model('fp32', false), model('fp32', true)]
  const choose = (precision: 'auto' | 'int8' | 'fp32', quality: 'fast' | 'balanced', models = all, name = 'a') => {
    const choice = chooseModel(models, { model: { name }, precision, quality }, WASM)
    return [choice.model.precision, choice.model.isFast, choice.warnings.map(({ code }) => code)]
  }

  it('takes int8 for WebAssembly and floats for WebGPU', () => {
    expect(choose('auto', 'balanced')).toEqual(['int8', false, []])
    expect(choose('fp32', 'fast')).toEqual(['fp32', true, []])
    const request = { model: { name: 'a' }, precision: 'auto', quality: 'best' } as const
    const gpu = (hasHalves: boolean, models = all) => chooseModel(models, request, { name: 'webgpu', hasHalves }).model
    expect(gpu(false)).toEqual(model('fp32', false))
    const halves = [model('fp16', true), model('fp16', false)]
    expect(gpu(true, [...all, ...halves])).toEqual(model('fp16', false))
    expect(gpu(false, [...halves, ...all])).toEqual(model('fp32', false))
    expect(gpu(true)).toEqual(model('fp32', false))
    expect(chooseModel([...halves, ...all], request, WASM).model).toEqual(model('int8', false))
    const floats = { ...request, precision: 'fp32' } as const
    expect(chooseModel([...halves, ...all], floats, { name: 'webgpu', hasHalves: true }).model).toEqual(
      model('fp32', false),
    )
  })

  it('takes what there is, and warns where another precision was asked for', () => {
    expect(choose('auto', 'fast', [model('fp32', false)])).toEqual(['fp32', false, []])
    expect(choose('int8', 'fast', [model('fp32', false)])).toEqual(['fp32', false, ['precision-unavailable']])
  })

  it('names what the folder holds', () => {
    expect(() => choose('auto', 'fast', all, 'b')).toThrow(/hold a, not 'b'/)
    expect(() => choose('auto', 'fast', [], 'b')).toThrow(/no model/)
  })
})
