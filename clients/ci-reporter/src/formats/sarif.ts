import { pathOf } from '../error-text.ts'
import { countOf, isObject, type JsonObject, objects, textOf } from '../json.ts'
import { type LintFailure, lintReport, type Parsed } from '../parsed.ts'
import type { FormatDefinition } from './source.ts'

export const sarif: FormatDefinition = {
  fingerprint: 'JSON with a `version` that begins with `2.` and `runs` whose members have a `tool`',
  isOf: ({ json }) =>
    isObject(json) &&
    String(json.version).startsWith('2.') &&
    Array.isArray(json.runs) &&
    objects(json.runs).every(run => isObject(run.tool)),
  parse: ({ json }) => parseSarif(json as JsonObject), // as isOf said
}

/** SARIF 2.1.0. What is suppressed, or is a result that passed (`kind`), is no finding. */
function parseSarif(report: JsonObject): Parsed {
  const faults: string[] = []
  const lint = objects(report.runs).flatMap(run => {
    const driver = isObject(run.tool) && isObject(run.tool.driver) ? run.tool.driver : {}
    const tool = textOf(driver.name) ?? 'sarif'
    const rules = objects(driver.rules)
    for (const invocation of objects(run.invocations)) {
      if (invocation.executionSuccessful === false) faults.push(`says that ${tool} did not come to its end`)
    }
    return [
      ...objects(run.results)
        .filter(isFinding)
        .map(result => findingOf(result, tool.toLowerCase(), rules)),
      // What the tool could not look at: a file that does not parse is found nothing wrong with.
      ...objects(run.invocations).flatMap(invocation =>
        [...objects(invocation.toolExecutionNotifications), ...objects(invocation.toolConfigurationNotifications)]
          .filter(({ level }) => level === 'error')
          .map(one =>
            findingOf(
              { ...one, ruleId: isObject(one.descriptor) ? one.descriptor.id : undefined },
              tool.toLowerCase(),
              rules,
            ),
          ),
      ),
    ]
  })
  return { ...lintReport(lint, faults), ...(faults.length > 0 ? { isIncomplete: true } : {}) }
}

function isFinding(result: JsonObject): boolean {
  const isSuppressed = objects(result.suppressions).some(
    ({ status }) => status !== 'underReview' && status !== 'rejected',
  )
  const kind = textOf(result.kind) ?? 'fail'
  return !isSuppressed && ['fail', 'open', 'review'].includes(kind) && result.baselineState !== 'absent'
}

function findingOf(result: JsonObject, tool: string, rules: readonly JsonObject[]): LintFailure {
  const index = countOf(result.ruleIndex) ?? (isObject(result.rule) ? countOf(result.rule.index) : undefined)
  const id = textOf(result.ruleId) ?? (isObject(result.rule) ? textOf(result.rule.id) : undefined)
  const rule = (index === undefined ? undefined : rules[index]) ?? rules.find(one => one.id === id)
  const location = objects(result.locations)[0]
  const physical = isObject(location?.physicalLocation) ? location.physicalLocation : {}
  const artifact = isObject(physical.artifactLocation) ? physical.artifactLocation : {}
  const region = isObject(physical.region) ? physical.region : {}
  const configuration = isObject(rule?.defaultConfiguration) ? rule.defaultConfiguration : {}
  return {
    tool,
    rule: id ?? textOf(rule?.id) ?? 'unknown',
    // Without a level a result is of its rule's, and that one's default is a warning.
    severity: severityOf(textOf(result.level) ?? textOf(configuration.level) ?? 'warning'),
    message: messageOf(result.message, rule),
    file_path: pathOf(textOf(artifact.uri) ?? 'unknown'),
    line_number: countOf(region.startLine),
    column_number: countOf(region.startColumn),
  }
}

function messageOf(message: unknown, rule: JsonObject | undefined): string {
  if (!isObject(message)) return textOf(message) ?? 'no message'
  const strings = isObject(rule?.messageStrings) ? rule.messageStrings[String(message.id)] : undefined
  const template =
    textOf(message.text) ?? textOf(message.markdown) ?? (isObject(strings) ? textOf(strings.text) : undefined)
  const values = Array.isArray(message.arguments) ? message.arguments : []
  return template?.replace(/\{(\d{1,3})\}/g, (whole, i: string) => String(values[Number(i)] ?? whole)) ?? 'no message'
}

function severityOf(level: string): LintFailure['severity'] {
  return level === 'error' || level === 'warning' ? level : 'info'
}
