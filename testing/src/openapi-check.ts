// Whether responses are what an OpenAPI 3.1 document says. The schemas are judged by Ajv, which knows nothing of zod.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

interface Content {
  readonly schema?: object
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>
}
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: object
}

export interface OpenApiCheck {
  /** Throws what is wrong with the response. Its body is read from a copy. Null names a path that no operation has. */
  check(method: string, path: string, response: Response): Promise<void>
  /** `GET /v1/jobs 200` for each operation and status that has been seen. */
  readonly seen: ReadonlySet<string>
}

type Validate = (pointer: string, value: unknown) => string | null

/** By the document's text: many apps have the same, and to compile its schemas costs more than most requests. */
const validators = new Map<string, Validate>()

function validatorOf(document: OpenApiDocument): Validate {
  const text = JSON.stringify(document)
  const known = validators.get(text)
  if (known) return known
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: FORMATS })
  ajv.addSchema(document, 'openapi')
  const compiled = new Map<string, ValidateFunction>()
  const validate: Validate = (pointer, value) => {
    const check = compiled.get(pointer) ?? ajv.compile({ $ref: `openapi#${pointer}` })
    compiled.set(pointer, check)
    return check(value) ? null : ajv.errorsText(check.errors)
  }
  validators.set(text, validate)
  return validate
}

export function createOpenApiCheck(document: OpenApiDocument): OpenApiCheck {
  const seen = new Set<string>()
  const paths = Object.entries(document.paths).map(([template, operations]) => ({
    template,
    pattern: new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    operations,
  }))

  const validate = validatorOf(document)

  return {
    seen,
    async check(method, path, response) {
      const found = paths.find(({ pattern }) => pattern.test(path))
      // HEAD is GET without its body.
      const name = method === 'HEAD' ? 'get' : method.toLowerCase()
      const operation = found?.operations[name]
      const { status } = response
      const type = response.headers.get('content-type')?.split(';')[0] ?? null
      const where = `${method} ${path} ${status} ${type}`
      if (!found || !operation) {
        if (![403, 404, 405, 503].includes(status) || type !== 'application/problem+json')
          throw new Error(`${where}: not in the document`)
        const problem = validate('/components/schemas/Problem', await response.clone().json())
        if (problem) throw new Error(`${where}: ${problem}`)
        return
      }
      const declared = operation.responses[status]
      if (!declared) throw new Error(`${where}: expected one of ${Object.keys(operation.responses).join(', ')}`)
      seen.add(`${name.toUpperCase()} ${found.template} ${status}`)
      if (!declared.content) {
        if (response.body !== null && (await response.clone().arrayBuffer()).byteLength > 0)
          throw new Error(`${where}: expected no body`)
        return
      }
      const key = Object.keys(declared.content).find((range) => type !== null && matches(range, type))
      if (key === undefined) throw new Error(`${where}: expected ${Object.keys(declared.content).join(' or ')}`)
      if (method === 'HEAD' || !/json$/.test(key)) return
      const pointerPart = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1')
      const parts = ['paths', found.template, name, 'responses', String(status), 'content', key, 'schema']
      const problem = validate(
        `/${parts.map(pointerPart).map(encodeURIComponent).join('/')}`,
        await response.clone().json(),
      )
      if (problem) throw new Error(`${where}: ${problem}`)
    },
  }
}

function matches(range: string, type: string): boolean {
  return range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
}

const FORMATS = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/,
  uri: (text: string) => URL.canParse(text),
  binary: true,
} as const
