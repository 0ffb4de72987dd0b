import { testComponent } from '../../tests/contract/index.ts'
import { group } from './index.ts'

testComponent(group)
