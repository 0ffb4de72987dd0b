import { Frame } from '../parts/answered.tsx'
import { Skeleton } from '../parts/basics.tsx'

export function Problem() {
  return (
    <Frame title="Problem">
      <Skeleton />
    </Frame>
  )
}
