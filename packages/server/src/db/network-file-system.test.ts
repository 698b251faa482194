import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { describeType, findMountType, sharedFileSystem } from './network-file-system.ts'

describe('a data folder', () => {
  it.each([
    [0x6969, null, { name: 'NFS', isShared: true }],
    // statfs gives signed numbers on some systems.
    [0xff534d42 | 0, null, { name: 'CIFS', isShared: true }],
    [0xfe534d42, null, { name: 'SMB2', isShared: true }],
    [0x65735546, 'fuse.sshfs', { name: 'fuse.sshfs', isShared: true }],
    [0x65735546, 'fuse.something', { name: 'fuse.something', isShared: null }],
    [0x65735546, null, { name: 'FUSE', isShared: null }],
    [0x65735546, 'fuseblk', null],
    [0x01021997, null, { name: '9P', isShared: null }],
    // ext4, tmpfs, overlayfs.
    [0xef53, null, null],
    [0x01021994, null, null],
    [0x794c7630, null, null],
  ])('on a file system of type %i (%s) is %o', (type, mount, expected) => {
    expect(describeType(type, mount)).toEqual(expected)
  })

  it('is found in the table of mounts by its longest path, with its escapes', () => {
    const table = [
      '21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
      '40 21 0:35 / /mnt rw - tmpfs tmpfs rw',
      '41 40 0:36 / /mnt/my\\040photos rw,nosuid - fuse.sshfs ann@host: rw',
      '42 40 0:37 / /mnt/my rw - fuse.rclone r: rw',
    ].join('\n')
    expect(findMountType(table, '/mnt/my photos/data')).toBe('fuse.sshfs')
    expect(findMountType(table, '/mnt/mystery')).toBe('tmpfs')
    expect(findMountType(table, '/mnt/my/data')).toBe('fuse.rclone')
    expect(findMountType(table, '/srv')).toBe('ext4')
    expect(findMountType('', '/srv')).toBeNull()
  })

  it('of the tests is local', async () => {
    expect((await sharedFileSystem(tmpdir()))?.isShared ?? false).toBe(false)
  })
})
