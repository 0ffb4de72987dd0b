import { Frame } from '../parts/answered.tsx'
import { Snippet, Text } from '../parts/basics.tsx'
import { route } from '../state/router.ts'

export function Trace() {
  const id = route.value?.params.id ?? ''
  return (
    <Frame
      title={
        <>
          Trace <Text max={40}>{id}</Text>
        </>
      }
    >
      <Snippet label="As a waterfall, in a terminal" text={`sensorium trace ${id}`} />
    </Frame>
  )
}
