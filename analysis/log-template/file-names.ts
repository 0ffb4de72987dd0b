/** The kinds of units that systemd has; the rare ones are also words of programs. */
const UNITS = new Set('service socket timer mount automount scope slice target swap'.split(' '))
/** Files that programs write and read by the number: logs, dumps, parts of data. */
const DATA_FILES = new Set(
  'log txt csv tsv json jsonl ndjson xml gz tgz tar zip bz2 xz zst lz4 snappy 7z bak tmp dat bin db sqlite sst sql parquet avro orc pdf png jpg jpeg gif svg webp mp3 mp4 wav avi mov pid lock out err img iso rpm deb jar war ear whl msi exe dll so html htm pb pcap wal ckpt'.split(
    ' ',
  ),
)
const LONGEST = 9

export function endsInUnit(text: string, label: number, end: number): boolean {
  return end - label >= 4 && end - label <= LONGEST && UNITS.has(text.slice(label, end))
}

export function endsInDataFile(text: string, label: number, end: number): boolean {
  return end - label >= 2 && end - label <= LONGEST && DATA_FILES.has(text.slice(label, end).toLowerCase())
}

/** Also the last part of names in programs: `System.out`, `io.lock`. */
const PARTS_OF_PROGRAMS = new Set('bin dat db err exe img lock out pid so sql'.split(' '))

/** `prices.csv`: without a number only what is nothing but a file. */
export function namesFile(text: string, label: number, end: number): boolean {
  return endsInDataFile(text, label, end) && !PARTS_OF_PROGRAMS.has(text.slice(label, end).toLowerCase())
}
