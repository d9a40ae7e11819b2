// Runs child processes for the scripts and reports how long each took.
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface Finished {
  readonly status: number
  readonly output: string
  readonly seconds: number
}

/** True when `command` is found on the PATH. */
export function hasCommand(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0
}

/** Runs a command in the project root to its end; standard output and error are collected in order. */
export function run(command: string, args: readonly string[]): Promise<Finished> {
  const started = performance.now()
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    const finish = (status: number, message = ''): void => {
      const output = Buffer.concat(chunks).toString('utf8') + message
      resolve({ status, output, seconds: (performance.now() - started) / 1000 })
    }
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', error => {
      finish(127, `${command}: ${error.message}\n`)
    })
    child.on('close', code => {
      finish(code ?? 1)
    })
  })
}

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`
}
