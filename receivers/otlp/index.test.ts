import { testComponent } from '../../tests/contract/index.ts'
import { otlp } from './index.ts'

const anyPort = { endpoint: '127.0.0.1:0' }
testComponent(otlp, { settings: [{ protocols: { grpc: anyPort, http: anyPort } }] })
