/** Lines of everyday business and trouble that answer none of the questions: what a real store is full of. */
export { DISTRACTORS } from '../../embeddings/testing/retrieval/distractors.ts'
