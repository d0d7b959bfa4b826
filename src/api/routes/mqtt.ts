import type { Duplex } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { createWebSocketStream } from 'ws';
import type { Turns } from '../../lib/turns.ts';
import { refuseForeignOrigin } from '../auth.ts';
import { takeFramesInTurns } from '../frame-turns.ts';
import { ProblemError } from '../problems.ts';
import { streamFrames } from './mqtt-frames.ts';

/** The subprotocol of MQTT 3.1.1 over WebSocket (OASIS MQTT 3.1.1, chapter 6), and the name of its predecessor. */
export const MQTT_SUBPROTOCOLS = ['mqtt', 'mqttv3.1'] as const;

/**
 * MQTT over WebSocket on the HTTP port: hands each connection over as a stream. Devices log in with MQTT's CONNECT; a
 * page of another site is refused, because with `auth: none` it could otherwise publish through the visitor's browser.
 */
export function mqttRoute(
  onStream: (stream: Duplex, address: string) => void,
  frameTurns: Turns,
): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: 'GET',
      url: '/mqtt',
      schema: { hide: true },
      preValidation: async (request) => {
        refuseForeignOrigin(request);
        const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
        if (!MQTT_SUBPROTOCOLS.some((name) => offered.includes(name))) {
          throw new ProblemError('upgrade-required', { detail: 'open a WebSocket with the subprotocol mqtt' });
        }
      },
      handler: async () => {
        throw new ProblemError('upgrade-required', { detail: 'open a WebSocket with the subprotocol mqtt' });
      },
      wsHandler(socket, request) {
        streamFrames(socket);
        takeFramesInTurns(socket, frameTurns);
        onStream(createWebSocketStream(socket), request.ip);
      },
    });
  };
}
