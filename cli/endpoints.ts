import type { Plan } from '../pipeline/config/plan.ts'

/** Where the first OTLP receiver and the application listen. */
export function endpoints(plan: Plan) {
  const otlp = [...plan.receivers.values()].find(receiver => receiver.definition.type === 'otlp')
  const protocols = otlp?.config.protocols as { grpc?: { endpoint: string }; http?: { endpoint: string } } | undefined // its schema says so
  return {
    grpcEndpoint: protocols?.grpc?.endpoint,
    httpEndpoint: protocols?.http?.endpoint,
    applicationEndpoint: plan.service.http.endpoint,
  }
}
