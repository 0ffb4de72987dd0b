// Runs in the page: each run of text as it is read, and numbers whose heading does not say their unit.
;(() => {
  const FOREIGN = 'bdi, time, pre, code, kbd, .mono, select, input, textarea, [data-unit], .map-name, svg title'
  const runs = []
  let run = ''
  const end = () => {
    if (run.trim() !== '') runs.push(run.replaceAll(/\s+/g, ' ').trim())
    run = ''
  }
  const walk = element => {
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) run += node.textContent
      if (!(node instanceof Element)) continue
      if (node.matches('[role="img"]')) runs.push(node.getAttribute('aria-label') ?? '')
      const { display } = getComputedStyle(node)
      if (display === 'none') continue
      if (node.matches(FOREIGN)) {
        run += ' x '
        continue
      }
      const isInline = display.startsWith('inline') && !display.includes('flex')
      if (!isInline) end()
      walk(node)
      if (!isInline) end()
    }
  }
  walk(document.querySelector('main'))
  end()
  const unheaded = [...document.querySelectorAll('[data-unit]')].flatMap(element => {
    const unit = element.getAttribute('data-unit').toLowerCase()
    const cell = element.closest('td')
    const heading =
      cell === null
        ? (element.closest('section, div')?.querySelector('h3, dt')?.textContent ?? '')
        : (cell.closest('table').querySelectorAll('th')[cell.cellIndex]?.textContent ?? '')
    return heading.toLowerCase().includes(unit) ? [] : [`${element.textContent}: “${heading}” does not say ${unit}`]
  })
  return { runs, unheaded }
})()
