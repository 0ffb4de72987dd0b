/** A question as someone on call types it, and the template that answers it. */
export type Pair = readonly [question: string, template: string]

/** Templates that several questions ask for. */
const T = {
  payment:
    'PaymentGatewayTimeoutError: gateway did not answer charge <id> within <num>ms\ncheckout\nat PaymentClient.charge (src/payment/client.ts)',
  refused: 'connect ECONNREFUSED <ip>:<num> (postgres primary)',
  certificate: 'x509: certificate has expired or is not yet valid: current time <time>',
  login: 'authentication failed for user <user>: invalid credentials',
  declined: 'CardDeclinedError: issuer rejected card ending in <num>: insufficient_funds',
  reset: 'read ECONNRESET at TLSWrap.onStreamRead',
}

/** The pairs that the weights and the synonym table of the lexical provider were chosen on. */
export const TUNED: readonly Pair[] = [
  ['payment timed out in checkout', T.payment],
  ['card declined by the bank', T.declined],
  ['postgres connection refused', T.refused],
  [
    'too many connections to the database',
    'FATAL: remaining connection slots are reserved for non-replication superuser connections; pool size <num>',
  ],
  ['disk is full on the node', 'write <path>: no space left on device'],
  [
    'node process ran out of memory',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ],
  [
    'container killed by kernel for memory',
    'Memory cgroup out of memory: Killed process <num> (<id>) oom_score_adj=<num>',
  ],
  ['user could not log in, wrong password', T.login],
  ['access token expired', 'JwtExpiredException: JWT expired at <time>, current time <time>'],
  ['certificate problem when calling partner API', T.certificate],
  ['dns lookup failing', 'getaddrinfo ENOTFOUND <host>'],
  ['too many requests to geocoder', 'geocoding API answered 429, backing off <duration>'],
  [
    'two transactions blocked each other',
    'ERROR: deadlock detected; process <num> waits for ShareLock on transaction <num>',
  ],
  ['duplicate order number', 'duplicate key value violates unique constraint "orders_number_key"'],
  ['cannot parse the JSON body', 'SyntaxError: Unexpected token < in JSON at position <num>'],
  [
    'reading property of undefined in cart',
    "TypeError: Cannot read properties of undefined (reading 'items')\nat CartView.render",
  ],
  [
    'null pointer in invoice service',
    'java.lang.NullPointerException\nat com.acme.billing.InvoiceService.total(InvoiceService.java)',
  ],
  ['kafka consumer falls behind', 'consumer lag of group <id> on topic <id> is <num> messages and growing'],
  [
    'message could not be delivered after retries',
    'giving up on message <id> after <num> attempts, moved to dead letter queue',
  ],
  ['mail server turned the message down', 'SMTP 550 <email>: recipient address rejected: user unknown'],
  ['search is slow', 'slow query: search.products took <duration> (threshold <duration>)'],
  ['upload too big', 'PayloadTooLargeError: request entity too large, limit <size>'],
  ['permission denied writing the report', "EACCES: permission denied, open '<path>/report.pdf'"],
  ['user is not allowed to see this page', 'AccessDeniedException: subject <id> lacks role ADMIN for resource <path>'],
  ['file missing on the server', "ENOENT: no such file or directory, open '<path>'"],
  [
    'upstream server unavailable behind the load balancer',
    'nginx: no live upstreams while connecting to upstream, 502 Bad Gateway',
  ],
  ['health check of pod fails', 'Readiness probe failed: HTTP probe failed with statuscode: 503'],
  ['pod keeps restarting', 'Back-off restarting failed container <id> in pod <id>'],
  ['image cannot be pulled', 'Failed to pull image "<url>": rpc error: code = NotFound desc = manifest unknown'],
  ['websocket got disconnected', 'WebSocket closed before handshake completed (code 1006)'],
  ['connection reset by the other side', T.reset],
  ['stock ran out during purchase', 'OutOfStockError: only <num> of <id> left, <num> wanted'],
  ['exchange rate missing', 'no exchange rate from <id> to EUR in quote set <id>'],
  ['python module missing after deploy', "ModuleNotFoundError: No module named '<id>'"],
  [
    'go program crashed on nil map',
    'panic: assignment to entry in nil map\ngoroutine <num> [running]: main.(*Cache).Put',
  ],
  ['index out of bounds', 'IndexOutOfBoundsException: Index <num> out of range for length <num>'],
  [
    'circuit breaker open',
    'CallNotPermittedException: CircuitBreaker recommendations is OPEN and does not permit further calls',
  ],
  ['cache server is gone', 'redis: connection lost to <host>:<num>, reconnecting in <duration>'],
  ['migration did not apply', 'migration 0042_add_index.sql rolled back: relation "<id>" already exists'],
  ['feature flag service unreachable', 'cannot reach flagd at <host>: using defaults'],
  ['worker stuck', 'worker <num> has not sent a heartbeat for <duration>, presumed hung'],
  ['webhook signature wrong', 'HMAC mismatch for webhook <id> from <host>, dropping event'],
  ['sequelize deadline', 'context deadline exceeded while acquiring connection from pool (<num> waiting)'],
  ['invalid email address of customer', "ValidationError: email: '<quoted>' is not a valid address"],
  ['event loop blocked', 'event loop delay p99 <duration> above <duration>'],
  // Typing errors, and the identifier itself.
  ['paymnet gatway timeout', T.payment],
  ['conection to postgress refusd', T.refused],
  ['certficate has expird', T.certificate],
  ['authentification faild', T.login],
  ['CardDeclinedError', T.declined],
  ['ECONNRESET onStreamRead', T.reset],
]
