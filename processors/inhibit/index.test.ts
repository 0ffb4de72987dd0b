import { testComponent } from '../../tests/contract/index.ts'
import { createDatabase } from '../../tests/postgres.ts'
import { inhibit } from './index.ts'

const { database } = await createDatabase()
testComponent(inhibit, { context: { database } })
