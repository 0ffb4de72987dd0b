import { totalmem } from 'node:os'

export interface ServerOptions {
  readonly port: number
  /** False in tests whose data may be lost: no fsync. */
  readonly durable: boolean
  /** Size of the disk that holds the data folder. */
  readonly diskBytes: number
}

const MIB = 1024 * 1024

/** How a whole data folder is brought to the disk. One call for the file system instead of one for each of a thousand
 * files: 0.1 s instead of 4 s on a busy disk. Only Linux has it. */
export const SYNC_METHOD = process.platform === 'linux' ? 'syncfs' : 'fsync'

/**
 * Server settings for a machine that takes in telemetry: long runs of COPY, few connections, one disk. Given on the
 * command line at each start, so that they follow the release and not the data folder.
 */
export function serverSettings({ port, durable, diskBytes }: ServerOptions): Record<string, string> {
  return {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // A socket's path is limited to 107 bytes; loopback has no such limit.
    unix_socket_directories: '',
    max_connections: '50',
    shared_buffers: `${sharedBuffersMib(Math.min(process.constrainedMemory() || Infinity, totalmem()))}MB`,
    // An acknowledged record is on the disk: that is the promise.
    fsync: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    recovery_init_sync_method: SYNC_METHOD,
    // No replica reads this log, so it need not describe more than recovery wants.
    wal_level: 'minimal',
    max_wal_senders: '0',
    // Checkpoints write whole pages anew: make them rare, spread them, and shorten what they write.
    max_wal_size: `${maxWalMib(diskBytes)}MB`,
    min_wal_size: `${Math.max(MIN_WAL_MIB, Math.min(256, maxWalMib(diskBytes) / 4))}MB`,
    checkpoint_timeout: '15min',
    checkpoint_completion_target: '0.9',
    // This build has pglz only, which makes the log 5 % shorter and inserts a third slower (2 cores, November 2026).
    wal_compression: 'off',
    wal_buffers: '16MB',
    // One COPY after the other: compiling plans costs more than it gives.
    jit: 'off',
    // A worker of a reading statement would be a process without the limits of the session that it works for.
    max_parallel_workers: '0',
    // So no plan counts on any: one that does reads more, and does the work of several alone.
    max_parallel_workers_per_gather: '0',
    // What NOTIFY may leave on the disk while a session does not listen: half a megabyte.
    max_notify_queue_pages: '64',
    random_page_cost: '1.1',
    autovacuum_naptime: durable ? '1min' : '1h',
    // Rows are only added, and a vacuum per fifth of a growing partition reads and logs all that is new again and again:
    // one that has filled is vacuumed by the maintenance, once. What is updated or deleted counts as before.
    autovacuum_vacuum_insert_threshold: '-1',
    // Statistics of what fills come from the maintenance, which knows the partitions and looks four times a minute.
    autovacuum_analyze_scale_factor: '0.2',
    // A statement that sorts more than this would take the room that commits need.
    temp_file_limit: `${Math.max(64, Math.floor(diskBytes / MIB / 10))}MB`,
    timezone: 'UTC',
    log_timezone: 'UTC',
    // We look for lines of the log, so they must not be translated.
    lc_messages: 'C',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
    // Statements, details and contexts may carry what users logged: keep them out of the server's log.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  }
}

/** Two segments: the server takes no less. */
const MIN_WAL_MIB = 32

/** A sixteenth of the disk: past 4 GiB checkpoints are rare enough, and recovery after a crash reads all of it. */
export function maxWalMib(diskBytes: number): number {
  return Math.min(4096, Math.max(MIN_WAL_MIB, Math.floor(diskBytes / MIB / 16)))
}

/** An eighth of the memory, as the rest serves the file cache and ourselves; past 512 MiB ingest gains nothing. */
export function sharedBuffersMib(memoryBytes: number): number {
  return Math.min(512, Math.max(64, Math.floor(memoryBytes / MIB / 8)))
}
