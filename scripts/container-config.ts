import { readFile } from 'node:fs/promises'
import path from 'node:path'

const EMBED = '  embed:\n'
const HEAD = '# Generated from config/container.yaml: the same with the embedding service of docker-compose.yml.\n#\n'
const SERVICE = `    model:
      provider: http
      url: http://embeddings:8000
      model: BAAI/bge-large-en-v1.5
      dimensions: 1024
      token: \${env:SENSORIUM_EMBED_TOKEN}
`

/** The configuration of the image for those who run the embedding service beside it. */
export async function containerWithEmbeddings(root: string): Promise<string> {
  const text = await readFile(path.join(root, 'config/container.yaml'), 'utf8')
  if (text.split(EMBED).length !== 2) throw new Error(`config/container.yaml should have one line of ${EMBED.trim()}`)
  return HEAD + text.replace(EMBED, EMBED + SERVICE)
}
