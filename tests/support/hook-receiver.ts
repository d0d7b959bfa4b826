import { Webhook } from 'standardwebhooks';
import type { Gateway } from '../../simulator/gateways/gateway.ts';

const TOLERANCE_S = 300;

/** A receiver of signed webhooks as another program is one, with the specification's own library, by the gateway's clock. */
export function createHookReceiver(path: string, secret: string): Gateway {
  const hook = new Webhook(secret);
  return {
    path,
    answer({ headers, text, nowMs }) {
      const atSeconds = Number(headers['webhook-timestamp']);
      if (!(Math.abs(nowMs / 1_000 - atSeconds) <= TOLERANCE_S)) return refusedFor('timestamp');
      const signed = hook.sign(String(headers['webhook-id']), new Date(atSeconds * 1_000), text);
      if (signed !== headers['webhook-signature']) return refusedFor('signature');
      return { status: 200, body: {}, isTaken: true };
    },
  };
}

function refusedFor(error: string) {
  return { status: 401, body: { error }, isTaken: false };
}
