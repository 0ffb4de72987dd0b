import { startTelemetry } from './index.ts'

// `node --import @sensorium/telemetry/register app.js`: everything is said by the environment.
startTelemetry()
