import responses from './responses.json' with { type: 'json' };

export { REQUEST_EXAMPLES } from './requests.ts';

/**
 * Answers as a server gave them, shortened, by call and status; `npm run example` records one anew. A test holds them to
 * the schemas.
 */
export const RESPONSE_EXAMPLES: Readonly<Record<string, unknown>> = responses;
