// Whether a folder lies on a file system that other machines share. The embedded database serves one process, and no lock that we
// have reaches another machine.

import { readFile, statfs } from 'node:fs/promises'
import { KoutuError } from '@koutu/core'
import type { Logger } from '../ports/ports.ts'

/** Linux' f_type (statfs(2) and the kernel's magic.h) of file systems that machines share. */
const SHARED: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB2'],
  [0xff534d42, 'CIFS'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
])
/** May be shared by machines, or only by a machine and its guests. */
const PERHAPS_SHARED: ReadonlyMap<number, string> = new Map([
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
])
/** Types of FUSE in the table of mounts that are shared (`fuse.sshfs`), and the one for local disks. */
const SHARED_FUSE =
  /^fuse\.(sshfs|s3fs|rclone|glusterfs|gcsfuse|goofys|cephfs|davfs|curlftpfs|smbnetfs|moosefs|juicefs)/
const LOCAL_FUSE = /^(fuseblk|fuse\.(ntfs|exfat|ext2|fuse-overlayfs|bindfs|gocryptfs|encfs|mergerfs))/

export interface FileSystem {
  readonly name: string
  /** Null where it is unknown. */
  readonly isShared: boolean | null
}

/** Null for a local one, and on systems other than Linux, which do not tell. */
export async function sharedFileSystem(folder: string): Promise<FileSystem | null> {
  if (process.platform !== 'linux') return null
  const { type } = await statfs(folder)
  return describeType(type, type === 0x65735546 ? await mountType(folder) : null)
}

/** `type` as statfs gives it; `mount` as the table of mounts names it. */
export function describeType(type: number, mount: string | null): FileSystem | null {
  const number = type >>> 0
  const shared = SHARED.get(number)
  if (shared) return { name: shared, isShared: true }
  if (mount !== null && LOCAL_FUSE.test(mount)) return null
  if (mount !== null && SHARED_FUSE.test(mount)) return { name: mount, isShared: true }
  const perhaps = PERHAPS_SHARED.get(number)
  return perhaps ? { name: mount ?? perhaps, isShared: null } : null
}

/** Errors: STORAGE_FAILED on a shared file system. One that may be shared is logged. */
export async function checkFileSystem(folder: string, logger: Logger): Promise<void> {
  const found = await sharedFileSystem(folder)
  if (found?.isShared)
    throw new KoutuError('STORAGE_FAILED', {
      detail: `expected a local disk but ${folder} is on ${found.name}; machines share work through --database-url and --storage`,
    })
  if (found)
    logger.warn(
      { fileSystem: found.name },
      'the data folder may be on a network file system; no other machine may use it',
    )
}

/** Of the mount with the longest path that leads to the folder (proc_pid_mountinfo(5)). */
async function mountType(folder: string): Promise<string | null> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  return findMountType(text, folder)
}

export function findMountType(mountinfo: string, folder: string): string | null {
  let best: { readonly point: string; readonly type: string } | null = null
  for (const line of mountinfo.split('\n')) {
    const [mount = '', source = ''] = line.split(' - ')
    const point = (mount.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    )
    const type = source.split(' ')[0] ?? ''
    const isAbove = point === '/' || folder === point || folder.startsWith(`${point}/`)
    // Of several mounts at one point, the last one is seen.
    if (point !== '' && type !== '' && isAbove && point.length >= (best?.point.length ?? 0)) best = { point, type }
  }
  return best?.type ?? null
}
