import type { z } from 'zod';
import type { FileAnswer } from './call.ts';
import { accountCalls } from './calls/accounts.ts';
import { alertCalls } from './calls/alerts.ts';
import { analysisCalls } from './calls/analysis.ts';
import { deviceCalls } from './calls/devices.ts';
import { maintenanceCalls } from './calls/maintenance.ts';
import { notifyCalls } from './calls/notify.ts';
import { notifySheetCalls } from './calls/notify-sheets.ts';
import { planCalls } from './calls/plans.ts';
import { pointCalls } from './calls/points.ts';
import { proposalCalls } from './calls/proposals.ts';
import { readingFileCalls } from './calls/readings.ts';
import { silenceCalls } from './calls/silences.ts';
import { siteCalls } from './calls/site.ts';
import { sourceCalls } from './calls/sources.ts';
import { spreadsheetCalls } from './calls/spreadsheet.ts';
import { systemCalls } from './calls/system.ts';
import { tellingCalls } from './calls/telling.ts';
import { templateCalls } from './calls/templates.ts';
import { thresholdCalls } from './calls/thresholds.ts';

/**
 * Every call of the API, by its name: routes are registered by it, the OpenAPI document is made from it, and console and
 * command line call by it. They need nothing of it at run time, for the name says where a call goes.
 */
export const CALLS = {
  ...systemCalls,
  ...sourceCalls,
  ...accountCalls,
  ...siteCalls,
  ...deviceCalls,
  ...pointCalls,
  ...readingFileCalls,
  ...thresholdCalls,
  ...proposalCalls,
  ...analysisCalls,
  ...templateCalls,
  ...spreadsheetCalls,
  ...alertCalls,
  ...maintenanceCalls,
  ...tellingCalls,
  ...silenceCalls,
  ...notifyCalls,
  ...planCalls,
  ...notifySheetCalls,
};

type Calls = typeof CALLS;

/** Such as `GET /points/{id}`. */
export type CallName = keyof Calls;

/** The names of what stands in braces. */
type Holes<Name> = Name extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;

/** What the server's code is given. */
export interface Taken<N extends CallName> {
  readonly params: Calls[N] extends { params: infer S extends z.ZodType } ? z.output<S> : Record<Holes<N>, string>;
  readonly query: Calls[N] extends { query: infer S extends z.ZodType } ? z.output<S> : unknown;
  readonly headers: Calls[N] extends { headers: infer S extends z.ZodType } ? z.output<S> : unknown;
  readonly body: Calls[N] extends { body: infer S extends z.ZodType } ? z.output<S> : unknown;
}

/** Of an answer that may have several types, that as JSON. */
type AnswerOf<S> = S extends z.ZodType
  ? z.output<S>
  : S extends { content: { 'application/json': { schema: infer Json extends z.ZodType } } }
    ? z.output<Json>
    : S extends FileAnswer
      ? z.output<S['content'][keyof S['content']]['schema']>
      : never;

/** What comes back, by status. */
export type Answers<N extends CallName> = {
  [Status in keyof Calls[N]['answers']]: AnswerOf<Calls[N]['answers'][Status]>;
};

type Good = 200 | 201 | 202 | 204;

/** What comes back when it went well. */
export type Answer<N extends CallName> = Answers<N>[keyof Answers<N> & Good];

/** The same with the status that tells which of several answers it is. */
export type Outcome<N extends CallName> = {
  [Status in keyof Answers<N> & Good]: {
    readonly status: Status;
    readonly body: Answers<N>[Status];
    readonly etag: string | undefined;
  };
}[keyof Answers<N> & Good];

/**
 * Written as text on the way. A choice may be any text, for it often stands in the address of a page; the server refuses
 * what it does not know.
 */
type QueryValue<In, Out> = boolean extends Out
  ? boolean
  : number extends Out
    ? number | string
    : In | (string & Record<never, never>);

type QueryOf<In, Out> = {
  readonly [K in keyof In]: QueryValue<Exclude<In[K], undefined>, Out[K & keyof Out]> | null | undefined;
};

/** What a call is given by those who make it. */
export type Given<N extends CallName> = ([Holes<N>] extends [never]
  ? { readonly path?: undefined }
  : { readonly path: Readonly<Record<Holes<N>, string | number>> }) &
  (Calls[N] extends { query: infer S extends z.ZodType }
    ? object extends z.input<S>
      ? { readonly query?: QueryOf<z.input<S>, z.output<S>> }
      : { readonly query: QueryOf<z.input<S>, z.output<S>> }
    : { readonly query?: undefined }) &
  (Calls[N] extends { body: infer S extends z.ZodType }
    ? object extends z.input<S>
      ? { readonly body?: BodyOf<z.input<S>> }
      : { readonly body: BodyOf<z.input<S>> }
    : { readonly body?: undefined });

/** What nobody changes on the way; bytes may come from anywhere. */
type BodyOf<In> = In extends Uint8Array
  ? Uint8Array | Blob
  : In extends object
    ? { readonly [K in keyof In]: BodyOf<In[K]> }
    : In;

/** A call that needs nothing is made with its name alone. */
export type GivenOrNot<N extends CallName, More = object> =
  object extends Given<N> ? [given?: Given<N> & More] : [given: Given<N> & More];

/** Calls that give a list page by page. */
export type ListName = {
  [N in CallName]: Answer<N> extends { readonly items: readonly unknown[]; readonly next: string | null } ? N : never;
}[CallName];

export type ItemOf<N extends ListName> = Answer<N> extends { readonly items: readonly (infer Item)[] } ? Item : never;
