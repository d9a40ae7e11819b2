// Says on a terminal what is being worked on, on one line that goes away again.

export interface Progress {
  /** Replaces the line. */
  readonly say: (what: string) => void
  /** Removes it. */
  readonly done: () => void
}

const clearLine = '\r\u001b[2K'

/** Silent unless stderr is a terminal. */
export function progress(): Progress {
  if (!process.stderr.isTTY) return { say: () => undefined, done: () => undefined }
  return {
    say: what => void process.stderr.write(`${clearLine}${what} ...`),
    done: () => void process.stderr.write(clearLine),
  }
}
