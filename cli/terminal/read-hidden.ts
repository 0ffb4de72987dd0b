import { SensoriumError } from '../../pipeline/errors.ts'

const ENTER = /[\r\n]/
const BACKSPACE = /[\b\u007f]/
const INTERRUPT = '\u0003'
const END = '\u0004'

/** Asks on the terminal and shows nothing of what is typed. @throws SensoriumError USAGE where it is broken off */
export function readHidden(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  return new Promise((resolve, reject) => {
    let typed: string[] = []
    const done = () => {
      stdin.off('data', read)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
    }
    const read = (text: string) => {
      for (const char of text) {
        if (ENTER.test(char)) {
          done()
          resolve(typed.join(''))
          return
        }
        if (char === INTERRUPT || char === END) {
          done()
          reject(new SensoriumError('USAGE', 'broken off: nothing was changed'))
          return
        }
        typed = BACKSPACE.test(char) ? typed.slice(0, -1) : [...typed, char]
      }
    }
    stdin.on('data', read)
  })
}
