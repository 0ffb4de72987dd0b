import { z } from 'zod'
import { type Books, readBooks } from '../../store/books.ts'
import { endpoint } from '../server/endpoint.ts'

export type BooksAnswer = Books

export const books = endpoint({
  name: 'books',
  query: z.strictObject({}),
  answer: ({ read }): Promise<BooksAnswer> => readBooks(read),
})
