// Process matters around main(): signals that still clean up, a closed or full stdout, the exit code.

import { main } from './main.ts'

// Work folders are removed when Node exits; a signal would end it without that.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader such as `head` has seen enough.
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`error: the output cannot be written: ${error.code ?? error.message}\n`)
  process.exit(1)
})

// Whatever escapes main() is a bug of ours, and still no reason for a stack trace.
process.on('uncaughtException', error => {
  const detail = process.env['THIMBLE_DEBUG'] === '1' ? error.stack : error.message.split('\n')[0]
  process.stderr.write(`error TH9001: internal error: ${detail ?? ''}\n`)
  process.exit(1)
})

process.exitCode = await main(process.argv.slice(2))
