// Maps addresses of code to lines of TypeScript source by the debug information of an ELF file.

import { runTool } from '../hosts/build.ts'
import { HostError, tail } from '../hosts/host-error.ts'
import { writeFiles } from '../hosts/work-folder.ts'

export interface SourceLine {
  readonly file: string
  readonly line: number
}

/**
 * The innermost TypeScript line of each address; left out are addresses without one. Where code was
 * inlined, the debug information lists all frames; C helpers among them (intrinsics) are passed over.
 */
export async function sourceLines(
  addr2line: string,
  folder: string,
  elf: string,
  addresses: readonly number[],
): Promise<ReadonlyMap<number, SourceLine>> {
  if (addresses.length === 0) return new Map()
  const list = addresses.map(address => `0x${address.toString(16)}`)
  await writeFiles(folder, new Map([['addresses.txt', list.join('\n')]]))
  const args = ['-e', elf, '-a', '-i', '@addresses.txt']
  const result = await runTool(addr2line, args, folder)
  if (result.code !== 0) {
    throw new HostError('TH5105', { tool: 'arm-none-eabi-addr2line', detail: tail(result.stderr) })
  }
  return parseLines(result.stdout)
}

function parseLines(text: string): ReadonlyMap<number, SourceLine> {
  const lines = new Map<number, SourceLine>()
  let address = -1
  for (const line of text.split('\n')) {
    if (/^0x[0-9a-f]+$/.test(line)) {
      address = parseInt(line, 16)
      continue
    }
    const match = /^(.*\.ts):(\d+)(?: \(discriminator \d+\))?$/.exec(line)
    if (match === null || lines.has(address)) continue
    lines.set(address, { file: projectPath(match[1] ?? ''), line: Number(match[2]) })
  }
  return lines
}

/** `#line` names files by their path in the project; the compiler may put its own folder in front. */
function projectPath(path: string): string {
  return path.replace(/^.*?(?=(?:kernels|runtime\/lang)\/[^:]*\.ts$)/, '')
}
