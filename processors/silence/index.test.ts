import { testComponent } from '../../tests/contract/index.ts'
import { silence } from './index.ts'

testComponent(silence)
