import { keysNow } from '../state/keys.ts'
import { Dialog } from './dialog.tsx'

export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {keysNow().map(([key, words]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((one, i) => (
                <kbd key={i}>{one}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Tab</kbd>
          </dt>
          <dd>to the next thing that can be chosen</dd>
        </div>
      </dl>
    </Dialog>
  )
}
