// What deploy/ holds, judged by the tools that read it: helm, the schemas of Kubernetes and KEDA, and Prometheus, which scrapes a
// running server. Needs Go, Python with venv, and Debian's prometheus; helm and the schemas come from their registries.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../packages/server/src/app.fixture.ts'
import { listen } from '../packages/server/src/http/listen.ts'
import { freePort } from './services/free-port.ts'
import { goModule, goProgram } from './services/go.ts'

const HELM = 'helm.sh/helm/v4/cmd/helm@v4.3.1'
const KEDA = 'github.com/kedacore/keda/v2@v2.21.0'
const DEPLOY = join(import.meta.dirname, '../deploy')
const CHART = join(DEPLOY, 'helm/koutu')
const run = promisify(execFile)

let folder: string
const at = (...names: string[]) => join(folder, ...names)
let helmProgram: string
const helm = (...args: string[]) => run(helmProgram, args)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-deploy-'))
  await run('python3', ['-m', 'venv', at('venv')])
  await run(at('venv/bin/pip'), ['install', '-q', 'kubernetes-validate==1.37.0', 'jsonschema'])
  helmProgram = await goProgram(HELM)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const KEDA_AND_INGRESS = ['--set', 'keda.enabled=true', '--set', 'ingress.enabled=true', '--set', 'ingress.host=a.test']
const SETTINGS = {
  'as it is': [],
  'with KEDA and an ingress': KEDA_AND_INGRESS,
  'with a shared folder, environment and arguments': [
    ...['--set', 'storage=/shared/images', '--set', 'volume.persistentVolumeClaim.claimName=images'],
    ...['--set', 'env.AWS_MAX_ATTEMPTS=5', '--set', 'server.args={--rate,60}', '--set', 'imagePullSecrets[0].name=a'],
  ],
}

describe('the chart', () => {
  it.each(Object.entries(SETTINGS))('is clean for helm lint, and valid for Kubernetes: %s', async (_, settings) => {
    await helm('lint', '--strict', CHART, ...settings)
    const { stdout } = await helm('template', 'koutu', CHART, ...settings)
    const core = stdout.split(/^---$/m).filter((text) => !text.includes('keda.sh/'))
    await writeFile(at('core.yaml'), core.join('\n---\n'))
    await run(at('venv/bin/kubernetes-validate'), ['--strict', at('core.yaml')])
  })

  it('writes numbers as they are', async () => {
    const values = at('values.yaml')
    await writeFile(values, 'env: { EXAMPLE: 52428800 }\nserver: { args: [--max-pixels, 40000000] }\n')
    const { stdout } = await helm('template', 'koutu', CHART, '--values', values)
    expect(stdout).toContain('- name: EXAMPLE\n              value: "52428800"\n')
    expect(stdout).toContain('- "--max-pixels"\n            - "40000000"\n')
  })

  it('is refused with values of no meaning', async () => {
    for (const wrong of ['storage=ftp://a', 'worker.replicas=-1', 'servers.replicas=2', 'ingress.enabled=true']) {
      await expect(helm('template', 'koutu', CHART, '--set', wrong), wrong).rejects.toThrow(/schema/)
    }
  })

  it('scales workers with objects that KEDA accepts', async () => {
    const schemas = join(await goModule(KEDA), 'config/crd/bases')
    const { stdout } = await helm('template', 'koutu', CHART, ...KEDA_AND_INGRESS)
    await writeFile(at('all.yaml'), stdout)
    await writeFile(at('crd.py'), CHECK_CUSTOM_OBJECTS)
    const checked = await run(at('venv/bin/python'), [at('crd.py'), schemas, at('all.yaml')])
    expect(checked.stdout.trim().split('\n')).toEqual(['ScaledObject', 'TriggerAuthentication'])
    // KEDA alone sets the number of workers.
    const worker = stdout.split(/^---$/m).find((text) => /^kind: Deployment\n.*\n {2}name: koutu-worker$/m.test(text))
    expect(worker).toContain('component: worker')
    expect(worker).not.toContain('replicas:')
  })

  it('makes the plain manifests', async () => {
    const { stdout } = await helm('template', 'koutu', CHART)
    const manifests = await readFile(join(DEPLOY, 'kubernetes/koutu.yaml'), 'utf8')
    expect(manifests, 'run: helm template koutu deploy/helm/koutu > deploy/kubernetes/koutu.yaml').toBe(stdout)
  })
})

/** Validates objects of keda.sh by the schemas of their definitions, and refuses fields that these do not name. */
const CHECK_CUSTOM_OBJECTS = `
import glob, jsonschema, sys, yaml
def strict(schema):
    if isinstance(schema, dict):
        if 'properties' in schema and schema.get('type') == 'object': schema.setdefault('additionalProperties', False)
        for value in schema.values(): strict(value)
    if isinstance(schema, list):
        for value in schema: strict(value)
    return schema
schemas = {}
for path in glob.glob(sys.argv[1] + '/keda.sh_*.yaml'):
    crd = yaml.safe_load(open(path))
    for version in crd['spec']['versions']:
        schema = strict(version['schema']['openAPIV3Schema'])
        schema['properties']['metadata'] = {}
        schemas[crd['spec']['names']['kind']] = schema
for document in yaml.safe_load_all(open(sys.argv[2])):
    if document and document['apiVersion'].startswith('keda.sh/'):
        jsonschema.validate(document, schemas[document['kind']])
        print(document['kind'])
`

interface Rules {
  readonly data: { readonly groups: readonly { readonly rules: readonly { query: string; health: string }[] }[] }
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

describe('Prometheus', () => {
  let served: TestApp
  let target: string
  let token: string
  let url: string
  const stops: (() => Promise<unknown>)[] = []
  const ask = async (path: string) => (await fetch(`${url}${path}`)).json()
  const query = (expr: string) => ask(`/api/v1/query?query=${encodeURIComponent(expr)}`)

  beforeAll(async () => {
    served = await openTestApp({ settings: { access: 'keys' } })
    token = (await served.store.keys.create({ name: 'prometheus', scopes: ['metrics:read'] })).secret
    const settings = { host: '127.0.0.1', port: 0, requestTimeoutMs: 60_000, tls: null }
    const listener = await listen(served.app.fetch, settings)
    stops.push(async () => {
      listener.server.closeAllConnections()
      await new Promise((resolve) => listener.server.close(resolve))
    })
    target = `127.0.0.1:${listener.port}`
    // The configuration of deploy/, with another address and more haste.
    const config = await readFile(join(DEPLOY, 'prometheus/prometheus.yml'), 'utf8')
    expect(config).toContain("'localhost:8787'")
    await writeFile(
      at('prometheus.yml'),
      config
        .replace('localhost:8787', target)
        .replace('scrape_interval: 15s', 'scrape_interval: 1s\n  evaluation_interval: 1s'),
    )
    await copyFile(join(DEPLOY, 'prometheus/alerts.yml'), at('alerts.yml'))
    await writeFile(at('koutu.token'), token)
    await run('promtool', ['check', 'config', at('prometheus.yml')])
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${at('prometheus.yml')}`,
        `--storage.tsdb.path=${at('tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    )
    stops.push(async () => {
      const ended = once(prometheus, 'exit')
      prometheus.kill()
      await ended
    })
    await run('curl', ['-sf', '--retry', '60', '--retry-connrefused', '--retry-delay', '1', `${url}/-/ready`])
  })
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
    await served?.[Symbol.asyncDispose]()
  })

  it('tests the alerts', async () => {
    const { stdout } = await run('promtool', ['test', 'rules', join(DEPLOY, 'prometheus/alerts.test.yml')])
    expect(stdout).toContain('SUCCESS')
  })

  it('scrapes a running server with a key that may do nothing else', async () => {
    let up: string | undefined
    while (up !== '1') {
      const { data } = (await query('up{job="koutu"}')) as { data: { result: { value: [number, string] }[] } }
      up = data.result[0]?.value[1]
    }
    const { data } = (await query('koutu_queue_jobs{state="queued"}')) as { data: { result: unknown[] } }
    expect(data.result).toHaveLength(1)
    const headers = { authorization: `Bearer ${token}` }
    expect((await fetch(`http://${target}/v1/jobs`, { headers })).status).toBe(403)
  })

  it('finds the metrics well formed', async () => {
    const headers = { authorization: `Bearer ${token}` }
    const metrics = await (await fetch(`http://${target}/metrics`, { headers })).text()
    await writeFile(at('metrics.txt'), metrics.replace(/^.*\b(?:nodejs|process)_.*\n/gm, ''))
    await run('sh', ['-c', `promtool check metrics < ${at('metrics.txt')}`])
  })

  it('evaluates every alert and every panel, on metrics that exist', async () => {
    const rules = ((await ask('/api/v1/rules')) as Rules).data.groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThanOrEqual(7)
    const dashboard = JSON.parse(await readFile(join(DEPLOY, 'grafana/koutu.json'), 'utf8')) as Dashboard
    const panels = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    expect(panels.length).toBeGreaterThan(15)
    const exprs = [...rules.map((rule) => rule.query), ...panels].map((expr) =>
      expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
    )
    for (const expr of exprs) expect(((await query(expr)) as { status: string }).status, expr).toBe('success')
    expect(((await query('sum(rate(')) as { status: string }).status).toBe('error')
    const headers = { authorization: `Bearer ${token}` }
    const exposed = await (await fetch(`http://${target}/metrics`, { headers })).text()
    const known = new Set([...exposed.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!))
    const named = exprs.flatMap((expr) => expr.match(/\b(?:koutu|process|nodejs)_[a-z0-9_]+/g) ?? [])
    const unknown = named.filter((name) => !known.has(name) && !known.has(name.replace(/_(?:bucket|count|sum)$/, '')))
    expect(unknown).toEqual([])
  })
})
