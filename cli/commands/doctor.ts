// `thimble doctor`: which toolchains are here, which are missing and how to get them.

import { doctorReport, type DoctorRow } from '../../runtime/hosts/toolchain.ts'
import { command } from '../command.ts'
import { hostNames, isAvailable } from '../hosts.ts'
import { table } from '../table.ts'

export const doctorCommand = command({
  name: 'doctor',
  description: 'which toolchains are here, which are missing and how to get them',
  examples: ['thimble doctor', 'thimble doctor --json'],
  args: {},
  run: async () => {
    const tools = await doctorReport()
    const hosts = hostNames.map(host => ({ host, available: isAvailable(host) }))
    const json = { node: process.version, hosts, tools }
    return { json, text: report(tools, hosts), exitCode: 0 }
  },
})

function report(
  tools: readonly DoctorRow[],
  hosts: readonly { readonly host: string; readonly available: boolean }[],
): string {
  const rows = tools.map(({ tool, found, version, path, neededFor }) => [
    tool,
    found ? `${version === '' ? 'found' : version} (${path})` : 'missing',
    neededFor,
  ])
  const missing = tools.filter(({ found }) => !found)
  const ready = hosts.filter(({ available }) => available).map(({ host }) => host)
  return [
    `Node ${process.version}; hosts that run here: ${ready.join(', ')}`,
    '',
    table(['tool', 'here', 'needed for'], rows),
    '',
    ...(missing.length === 0 ? ['Nothing is missing.'] : ['How to get what is missing:']),
    ...missing.map(({ tool, howToGet }) => `  ${tool}: ${howToGet}`),
    '',
  ].join('\n')
}
