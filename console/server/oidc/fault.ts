import type { SignInFaultCode } from '../../contract.ts'

/** Why somebody is not let in: the page has words for the code, the log has the reason. */
export class SignInFault extends Error {
  readonly code: SignInFaultCode
  constructor(code: SignInFaultCode, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.code = code
  }
}
