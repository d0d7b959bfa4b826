import type { z } from 'zod';

/** A file that comes back, by its type. */
export interface FileAnswer {
  readonly description?: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

/** What a call takes, and what comes back by status: the schemas that check, document and type it. */
export interface CallShape {
  /** Where a part of the path is more than any text. */
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodType;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, z.ZodType | FileAnswer>>;
}

/** Calls by name: method and path below `/api/v1`, as the OpenAPI document writes it. */
export type CallTable = Readonly<Record<`${Method} /${string}`, CallShape>>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
