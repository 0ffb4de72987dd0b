import type { HrTime } from '@opentelemetry/api'
import { type MetricData, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics'

/**
 * A reader that collects when it is told to and never by itself. The SDK aggregates as ever; only the times that it
 * stamps on the points are its own, from the system's clock, which says nothing in a run where half an hour passes in
 * seconds. `restamp` replaces them.
 */
export class SimulatedTimeReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** The same points, as cumulative streams since `start`, collected at `end`. */
export function restamp(metrics: ResourceMetrics, start: HrTime, end: HrTime): ResourceMetrics {
  return {
    resource: metrics.resource,
    scopeMetrics: metrics.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map(metric => restampMetric(metric, start, end)),
    })),
  }
}

function restampMetric(metric: MetricData, startTime: HrTime, endTime: HrTime): MetricData {
  const dataPoints = metric.dataPoints.map(point => ({ ...point, startTime, endTime }))
  // The spread loses that the points still match the metric's type; nothing but their times has changed.
  return { ...metric, dataPoints } as MetricData
}
