import { testComponent } from '../../tests/contract/index.ts'
import { mute } from './index.ts'

testComponent(mute)
