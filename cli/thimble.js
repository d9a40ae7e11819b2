#!/usr/bin/env node
// Starts the command line in a checkout: checks Node and the packages, registers tsx, loads start.ts.
import { existsSync } from 'node:fs'

const wantedNode = [20, 19]

/** @returns {string | undefined} what hinders the start, in words for the user */
function obstacle() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < wantedNode[0] || (major === wantedNode[0] && minor < wantedNode[1])) {
    return `thimble needs Node ${wantedNode.join('.')} or newer; this is ${process.version}`
  }
  if (!existsSync(new URL('./start.ts', import.meta.url))) {
    return 'this copy of thimble is incomplete: cli/start.ts is missing'
  }
  return undefined
}

/** @param {string} reason */
function refuse(reason) {
  process.stderr.write(`thimble: ${reason}\n`)
  process.exit(1)
}

const reason = obstacle()
if (reason !== undefined) refuse(reason)

let tsx
try {
  tsx = await import('tsx/esm/api')
} catch {
  refuse('its packages are not installed; run `npm install` in the folder that holds package.json')
}
tsx.register()
await import(new URL('./start.ts', import.meta.url).href)
