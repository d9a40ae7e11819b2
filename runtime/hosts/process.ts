// Runs a native tool to its end: no shell, bounded output, a time limit, typed refusals.

import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { HostError } from './host-error.ts'

export interface ProcessResult {
  /** Exit code; null when a signal ended the process. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

export interface ProcessOptions {
  readonly cwd: string
  readonly timeoutSeconds: number
  readonly env?: NodeJS.ProcessEnv
  /** Characters kept of either output, from the end; enough for messages by default. */
  readonly outputLimit?: number
}

const messageLimit = 200_000

/** Standard input is empty. Throws HostError TH5105 when the command cannot be started. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      // Messages are quoted in diagnostics, so they should not depend on the user's language.
      env: { ...(options.env ?? process.env), LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    let timedOut = false
    const limit = options.outputLimit ?? messageLimit
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-limit)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-limit)
    })
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
      // A grandchild may hold the pipes open; the answer is known, so do not wait for it.
      child.stdout.destroy()
      child.stderr.destroy()
    }, options.timeoutSeconds * 1000)
    child.on('error', error => {
      clearTimeout(timer)
      reject(new HostError('TH5105', { tool: basename(command), detail: error.message }))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stdout, stderr, timedOut })
    })
  })
}

/** How a process ended, in words. */
export function ending(result: ProcessResult): string {
  return result.signal === null ? `exit code ${result.code ?? '?'}` : `signal ${result.signal}`
}
