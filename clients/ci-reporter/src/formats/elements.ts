import type { Element } from '../xml.ts'

/** All elements of a name, at any depth, in the order of the document. */
export function allOf(elements: readonly Element[], name: string): Element[] {
  return elements.flatMap(one => [...(one.name === name ? [one] : []), ...allOf(one.children, name)])
}

export function only(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find(child => child.name === name)
}

export function textIn(element: Element | undefined, name: string): string | undefined {
  return only(element, name)?.text.trim() || undefined
}

export function attributeCount({ attributes }: Element, name: string): number | undefined {
  const value = attributes[name]
  return value !== undefined && /^\d{1,9}$/.test(value.trim()) ? Number(value) : undefined
}
