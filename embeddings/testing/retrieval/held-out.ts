import type { Pair } from './tuned.ts'

/** Pairs written before the weights were chosen and not looked at while choosing: the figure to believe. */
export const HELD_OUT: readonly Pair[] = [
  ['refund was rejected', 'RefundService: provider refused refund of <num> EUR for payment <id>: already settled'],
  ['shipping label printer not responding', 'LabelPrinterException: printer <host> gave no reply after <duration>'],
  ['s3 bucket access forbidden', 'AccessDenied: 403 Forbidden when putting object <path> into bucket <id>'],
  [
    'backup job failed because of missing space',
    'pg_basebackup: could not write file "<path>": No space left on device',
  ],
  ['replica is lagging', 'standby <host> is <num> bytes behind primary, replay delay <duration>'],
  [
    'thread pool exhausted',
    'RejectedExecutionException: Task rejected from ThreadPoolExecutor[pool size = <num>, active threads = <num>]',
  ],
  ['session not found for user', 'no session with id <id>; asking client to sign in again'],
  ['graphql query too deep', 'GraphQLError: query exceeds maximum depth of <num>'],
  ['lambda function timeouts', 'Task timed out after <num> seconds\nRequestId: <uuid>'],
  ['segmentation fault in image resizer', 'resizer exited on signal SIGSEGV (core dumped)'],
  ['too many open files', 'accept: EMFILE, file descriptors used up, limit <num>'],
  ['port is already used', 'listen EADDRINUSE: address already in use :::<num>'],
  ['rabbitmq channel closed', 'AMQP channel <num> was shut down by the broker: PRECONDITION_FAILED'],
  [
    'typescript build breaks',
    "error TS2345: Argument of type 'string' is not assignable to parameter of type 'number'",
  ],
  ['flaky browser test login', "TimeoutError: locator.click: waiting for getByRole('button', { name: 'Sign in' })"],
  [
    'cannot decode protobuf',
    'InvalidProtocolBufferException: while parsing a protocol message, the input ended unexpectedly',
  ],
  ['customer charged twice', 'idempotency key <id> reused: duplicate charge prevented'],
  ['clock skew between hosts', 'local time differs from NTP server <host> by <duration>'],
  ['unknown tax code for country', 'TaxLookupError: no rate for region <id> and category <id>'],
  ['push notification token invalid', 'APNs answered BadDeviceToken for device <id>, unregistering'],
  ['config file has a wrong key', 'unknown field "<quoted>" in config.yaml line <num>'],
  ['stack overflow recursion', 'RangeError: Maximum call stack size exceeded\nat resolveDependencies'],
  ['csv import rows skipped', 'importer: <num> of <num> lines ignored in <path>: wrong number of columns'],
  ['leader election lost', 'lost lease kube-system/controller, stepping down as leader'],
  ['autoscaler cannot add nodes', 'scale-up of node group <id> failed: quota CPUS exceeded in region <id>'],
  ['video transcoding crashed', 'ffmpeg exited with code <num>: Invalid data found when processing input'],
  ['temperature sensor offline', 'device <id> (thermometer) has been silent since <time>'],
  ['deal went from won back to open', 'deal <id>: illegal transition won -> open by <user>'],
  [
    'unhandled promise rejection',
    'UnhandledPromiseRejection: this error originated either by throwing inside an async function without a catch block',
  ],
  ['tls handshake failing with proxy', 'SSL routines: ssl3_read_bytes: sslv3 alert handshake failure, proxy <host>'],
  ['slow garbage collection pauses', 'GC pause (G1 Evacuation) took <duration>, heap <size>'],
  ['schema registry incompatible', 'Schema being registered is incompatible with an earlier schema for subject "<id>"'],
]
