import type { ServerResponse } from 'node:http';

/** Ways in which a gateway answers, or does not, that are none of its own words. */
export type Fault =
  | { readonly kind: 'time-out' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly text?: string }
  | { readonly kind: 'html' }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'endless' };

const PAGE = '<!doctype html><html><head><title>登录</title></head><body><form>请先登录网络</form></body></html>';
const PIECE = 'x'.repeat(16_384);

/** Answers with the fault instead of the gateway. */
export function answerWithFault(fault: Fault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'time-out':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'status': {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      response.writeHead(fault.status, headers).end(fault.text ?? '');
      return;
    }
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
      return;
    case 'redirect':
      response.writeHead(301, { location: fault.to }).end();
      return;
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.on('drain', () => pour(response));
      pour(response);
  }
}

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(PIECE));
}
