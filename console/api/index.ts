import type { Endpoint } from '../server/endpoint.ts'
import { home } from './home.ts'

/** Every question that a page can ask. */
export const endpoints: readonly Endpoint[] = [home]
