import { errorOf } from '../error-text.ts'
import type { TestFailure } from '../parsed.ts'

/** `   at Shop.Cart.Total() in /src/Cart.cs:line 12`; frames without a file are the framework's. */
const PLACE = / in (?!<)(\S.{0,500}?):(?:line )?(\d{1,9})\s*$/

/** `SetUp : Shop.CardDeclined : `: where it was thrown, which NUnit 2 says, and the whole name of what was. */
const THROWN =
  /^(?:(?:OneTime|TestFixture)?(?:SetUp|TearDown) : )?([A-Za-z_][\w+`]{0,100}(?:\.[\w+`]{1,100}){1,20}|\w{1,250}(?:Exception|Error)) : /

/** Of .NET a message begins with the name of what was thrown, but for those of assertions. */
export function dotnetFailure(
  test_name: string,
  suite_name: string | undefined,
  message: string | undefined,
  stack: string | undefined,
): TestFailure {
  const told = THROWN.exec(message ?? '')
  const text = told === null ? (message ?? 'failed') : message!.slice(told[0].length)
  const read = errorOf(text, told?.[1])
  const line = stack?.split('\n').find(each => PLACE.test(each.slice(0, 2_000)))
  const place = line === undefined ? null : PLACE.exec(line.slice(0, 2_000))
  // NUnit on Mono takes the indents of the frames away.
  const frames = stack?.replace(/^(?=\S)/, '   ').replace(/^(?=at )/gm, '   ')
  return {
    test_name,
    suite_name,
    error_type: read.error_type,
    error_message: read.error_message,
    error_stack:
      frames === undefined
        ? read.error_stack
        : `${read.error_type === undefined ? '' : `${read.error_type}: `}${read.error_message}\n${frames}`,
    file_path: place?.[1],
    line_number: place === null ? undefined : Number(place[2]),
    outcome: 'failed',
  }
}
