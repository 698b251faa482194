// Builds the image of the Dockerfile without Docker, and runs it as a container would: other user, read-only root file system, no
// network. Debian's buildah builds; the base that the Dockerfile names is made by debootstrap, with this Node and npm's own package.

import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'

const ROOT = join(import.meta.dirname, '../..')
const TOOLS = ['buildah', 'debootstrap', 'unshare', 'ip', 'setpriv'] as const
/** Certificates of this machine, where it has any of its own: npm in the image asks the same registry as npm here. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
export const NODE_USER = { uid: 1000, gid: 1000 } as const
const BUILD_TIMEOUT_MS = 900_000

/** The parts of an image's configuration that matter to those who run it. */
interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly WorkingDir: string
  readonly Volumes: Readonly<Record<string, object>>
}

export interface Image extends AsyncDisposable {
  readonly config: ImageConfig
  /** Where its files can be looked at. */
  readonly folder: string
  /** Runs a command in it, with `data` as /data. Standard output; throws with standard error where it fails. */
  run(data: string, command: readonly string[]): Promise<string>
}

/** Throws a sentence that says what is missing, or with the output of the build. */
export async function buildImage(): Promise<Image> {
  await requireTools()
  const folder = await mkdtemp(join(tmpdir(), 'koutu-image-'))
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')]
  const buildah = (...args: string[]) => run('buildah', [...storage, ...args])
  const remove = async () => {
    await buildah('rm', '--all').catch(() => {})
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
    const base = /^FROM (\S+)/m.exec(dockerfile)?.[1] ?? ''
    await makeBase(join(folder, 'base'), `docker.io/library/${base}`, buildah)
    const name = `localhost/koutu-${randomUUID()}`
    await buildah('build', '--pull-never', '--network', 'host', '--tag', name, ROOT)
    const inspected = JSON.parse(await buildah('inspect', '--type', 'image', name)) as {
      readonly Docker: { readonly config: ImageConfig }
    }
    const { config } = inspected.Docker
    const container = (await buildah('from', '--pull-never', name)).trim()
    const mounted = (await buildah('mount', container)).trim()
    return {
      config,
      folder: mounted,
      run: (data, command) => runContained({ root: mounted, data, config, command }),
      [Symbol.asyncDispose]: remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function requireTools(): Promise<void> {
  const found = await Promise.all(TOOLS.map((tool) => run('sh', ['-c', `command -v ${tool}`]).catch(() => '')))
  const missing = TOOLS.filter((_, i) => !found[i])
  if (missing.length > 0) {
    const hint = 'Debian: apt-get install buildah debootstrap iproute2 util-linux'
    throw new Error(`the test of the image needs ${missing.join(', ')}, which this machine lacks; ${hint}`)
  }
  if (process.getuid?.() !== 0) throw new Error('the test of the image needs root, since it mounts file systems')
}

/** Debian's smallest system with Node, npm and the user `node`, as Docker's official image has them. */
async function makeBase(folder: string, name: string, buildah: (...args: string[]) => Promise<string>): Promise<void> {
  await run('debootstrap', ['--variant=minbase', 'bookworm', folder])
  const local = join(folder, 'usr/local')
  await copyFile(process.execPath, join(local, 'bin/node'))
  await run('npm', ['install', '--global', '--prefix', local, '--ignore-scripts', 'npm@11'])
  await run('chroot', [folder, 'useradd', '--create-home', '--uid', String(NODE_USER.uid), 'node'])
  const certificates = join(folder, CERTIFICATES)
  await mkdir(dirname(certificates), { recursive: true })
  const hasOwn = await copyFile(CERTIFICATES, certificates).then(
    () => true,
    () => false,
  )
  const registry = (await run('npm', ['config', 'get', 'registry'])).trim()
  const env = [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `npm_config_registry=${registry}`,
    ...(hasOwn ? [`NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, `npm_config_cafile=${CERTIFICATES}`] : []),
  ]
  const container = (await buildah('from', 'scratch')).trim()
  await buildah('copy', '--quiet', container, folder, '/')
  await buildah('config', ...env.flatMap((entry) => ['--env', entry]), container)
  await buildah('commit', '--quiet', '--rm', container, name)
  await rm(folder, { recursive: true })
}

interface Contained {
  readonly root: string
  readonly data: string
  readonly config: ImageConfig
  readonly command: readonly string[]
}

/** $1 the image's files, $2 the folder for /data, then the command. Own mounts, processes and network; nothing but /data and /tmp can be written. */
const CONTAIN = `set -e
root=$1; data=$2; shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero random urandom; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
mount -o remount,bind,ro "$root"
ip link set lo up
exec setpriv --no-new-privs chroot --userspec=${NODE_USER.uid}:${NODE_USER.gid} --groups= "$root" "$@"`

async function runContained({ root, data, config, command }: Contained): Promise<string> {
  const names = ['--mount', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child']
  const inside = ['env', '-i', '-C', config.WorkingDir, ...config.Env, ...command]
  return run('unshare', [...names, 'sh', '-c', CONTAIN, 'sh', root, data, ...inside])
}

/** Standard output. */
async function run(command: string, args: readonly string[]): Promise<string> {
  const child = execFile(command, args, {
    env: { ...process.env, BUILDAH_ISOLATION: 'chroot' },
    maxBuffer: 2 ** 26,
    timeout: BUILD_TIMEOUT_MS,
  })
  const [output, errors, code] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    }),
  ])
  if (code === 0) return output
  throw new Error(`${command} ${args[0] ?? ''} ended with ${code}\n${output.slice(-4000)}\n${errors.slice(-4000)}`)
}
