import { Frame } from '../parts/answered.tsx'
import { Skeleton } from '../parts/basics.tsx'

export function Incident() {
  return (
    <Frame title="Incident">
      <Skeleton />
    </Frame>
  )
}
