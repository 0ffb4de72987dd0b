/** Moves rows of the former layout in a process of its own, for a test that kills it: `node repack-process.ts URL`. */
import pg from 'pg'
import { repack } from '../../store/partitions/repack.ts'

const owner = new pg.Client(process.argv[2])
await owner.connect()
console.log('begins')
await repack(owner)
await owner.end()
