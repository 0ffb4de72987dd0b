/**
 * Ends the demo. The message is shown as it stands: it names the endpoint or the option, and says what to do.
 * `usage` tells a wrong call from a run that failed.
 */
export class DemoError extends Error {
  readonly reason: 'usage' | 'unreachable' | 'refused' | 'incomplete'
  constructor(reason: DemoError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DemoError'
    this.reason = reason
  }
}
