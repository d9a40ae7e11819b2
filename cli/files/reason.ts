// Why a file operation failed, in words.

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  EIO: 'the device reports an error',
  EBUSY: 'it is in use',
  EFBIG: 'it would be larger than the file system allows',
}

export function reasonOf(error: unknown): string {
  const { code, message, syscall } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' && syscall !== 'stat')
    return 'the folder does not exist, or nothing can be made there'
  if (code !== undefined) return reasons[code] ?? code
  return (message as string | undefined)?.split('\n')[0] ?? String(error)
}
