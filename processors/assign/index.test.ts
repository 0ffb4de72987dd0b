import { testComponent } from '../../tests/contract/index.ts'
import { assign } from './index.ts'

testComponent(assign)
