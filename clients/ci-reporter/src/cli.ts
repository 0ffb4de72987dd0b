#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { type Command, HELP, readArguments, UsageError } from './arguments.ts'
import { prepare, report } from './report.ts'

/** A report could not be read: what it would have said is not known, which must not look like a success. */
const UNREADABLE = 3

function warn(message: string): void {
  console.error(`sensorium-ci: warning: ${message}`)
}

/** The sources are one folder deep in the package, and what is built from them three. */
function version(): string {
  for (const file of ['../package.json', '../../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as { version: string }).version // npm's file
    } catch {
      // The other one.
    }
  }
  return 'unknown'
}

async function main({ isHelp, isVersion, isDryRun, files, options }: Command): Promise<void> {
  if (isHelp) return console.log(HELP)
  if (isVersion) return console.log(version())
  if (isDryRun) {
    const { bodies, warnings, unreadable } = prepare(files, options)
    for (const body of bodies) console.log(body)
    if (unreadable > 0) process.exitCode = UNREADABLE
    return warnings.forEach(warn)
  }
  const { sent, waiting, refused, dropped, unreadable, warnings } = await report(files, options)
  if (unreadable > 0) process.exitCode = UNREADABLE
  warnings.forEach(warn)
  console.log(
    `sensorium-ci: ${sent} ${sent === 1 ? 'report' : 'reports'} sent, ${waiting} waiting, ${refused} refused${dropped > 0 ? `, ${dropped} lost` : ''}`,
  )
}

// Whatever was not thought of must not fail the build.
process.on('uncaughtException', error => {
  warn(`nothing was reported: ${error.message}`)
  process.exit(0)
})

try {
  await main(readArguments(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`sensorium-ci: ${error.message}\n\n${HELP}`)
  process.exitCode = 2
}
