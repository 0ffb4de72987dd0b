const MACHINES = /^(?:host\.|k8s\.(?:node|pod)\.|container\.|service\.instance\.|process\.pid|cloud\.availability_zone)/

/** Whether an attribute says where something ran, not what was asked of it. */
export function isMachine(key: string): boolean {
  return MACHINES.test(key)
}
