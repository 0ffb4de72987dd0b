import { useEffect, useRef, useState } from 'preact/hooks'

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Spot {
  readonly x: number
  readonly y: number
}

const STEP = 1.5
/** As close as this it is larger than anybody needs. */
const ZOOM_MAX = 8
/** Less is a click. */
const DRAG_MIN_PX = 5

/**
 * What is seen of a drawing of this size: all of it at first, closer by buttons, two fingers, Ctrl and the wheel or
 * `+` and `-`, and moved by dragging or the arrows.
 */
export function useViewBox(width: number, height: number) {
  const whole: Box = { x: 0, y: 0, width, height }
  const [chosen, setBox] = useState<Box>()
  const box = chosen ?? whole
  useEffect(() => setBox(undefined), [width, height])
  const pointers = useRef(new Map<number, Spot>())
  const isDragged = useRef(false)

  const show = ({ x, y, width: wide }: Box) => {
    const shown = Math.min(width, Math.max(width / ZOOM_MAX, wide))
    if (shown === width) return setBox(undefined)
    const high = (shown * height) / width
    setBox({ x: within(x, width - shown), y: within(y, height - high), width: shown, height: high })
  }
  const zoom = (factor: number, at: Spot = { x: box.x + box.width / 2, y: box.y + box.height / 2 }) =>
    show({ ...box, x: at.x - (at.x - box.x) / factor, y: at.y - (at.y - box.y) / factor, width: box.width / factor })
  const move = (x: number, y: number) => show({ ...box, x: box.x + x, y: box.y + y })

  const spotOf = (event: MouseEvent & { currentTarget: SVGSVGElement }): Spot => {
    const { left, top, width: px } = event.currentTarget.getBoundingClientRect()
    const scale = box.width / Math.max(1, px)
    return { x: box.x + (event.clientX - left) * scale, y: box.y + (event.clientY - top) * scale }
  }
  type Pointed = PointerEvent & { currentTarget: SVGSVGElement }
  const onPointerMove = (event: Pointed) => {
    const before = pointers.current.get(event.pointerId)
    if (before === undefined) return
    const now = { x: event.clientX, y: event.clientY }
    const far = Math.hypot(now.x - before.x, now.y - before.y)
    if (!isDragged.current && far < DRAG_MIN_PX) return
    const scale = box.width / Math.max(1, event.currentTarget.getBoundingClientRect().width)
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1]
    if (other !== undefined) {
      const between = (spot: Spot) => Math.max(1, Math.hypot(spot.x - other.x, spot.y - other.y))
      zoom(between(now) / between(before), spotOf(event))
    } else move((before.x - now.x) * scale, (before.y - now.y) * scale)
    isDragged.current = true
    event.currentTarget.setPointerCapture(event.pointerId)
    pointers.current.set(event.pointerId, now)
  }
  const forget = (event: PointerEvent) => void pointers.current.delete(event.pointerId)

  return {
    isWhole: chosen === undefined,
    closer: () => zoom(STEP),
    further: () => zoom(1 / STEP),
    all: () => setBox(undefined),
    onKeyDown: (event: KeyboardEvent) => {
      const key = KEYS[event.key]
      if (key === undefined || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      event.stopPropagation()
      if (key === 'all') setBox(undefined)
      else if (typeof key === 'number') zoom(key)
      else move((key[0] * box.width) / 8, (key[1] * box.height) / 8)
    },
    svg: {
      viewBox: `${box.x} ${box.y} ${box.width} ${box.height}`,
      // Where the page gives it more height than it has, the rest is seen below: spots are counted from the top.
      preserveAspectRatio: 'xMidYMin meet',
      onPointerDown: (event: Pointed) => {
        if (pointers.current.size === 0) isDragged.current = false
        pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY })
      },
      onPointerMove,
      onPointerUp: forget,
      onPointerCancel: forget,
      onPointerLeave: forget,
      onWheel: (event: WheelEvent & { currentTarget: SVGSVGElement }) => {
        if (!event.ctrlKey) return
        event.preventDefault()
        zoom(STEP ** (-event.deltaY / 100), spotOf(event))
      },
      onClickCapture: (event: MouseEvent) => {
        if (isDragged.current) event.preventDefault()
      },
    },
  }
}

const KEYS: Readonly<Record<string, number | 'all' | readonly [x: number, y: number]>> = {
  '+': STEP,
  '=': STEP,
  '-': 1 / STEP,
  '0': 'all',
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

const within = (value: number, most: number) => Math.min(most, Math.max(0, value))
