import { testComponent } from '../../tests/contract/index.ts'
import { route } from './index.ts'

testComponent(route)
