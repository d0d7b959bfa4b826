import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { newBucket, type TokenBucket, takeToken } from '../../lib/token-bucket.ts';
import { createTurns, type Turns } from '../../lib/turns.ts';
import { CLOSE_UNAUTHENTICATED } from '../../model/close-codes.ts';
import { logQuery } from '../../wire/query.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { takeFramesInTurns } from '../frame-turns.ts';
import { paceMessages } from '../message-pace.ts';
import { ProblemError } from '../problems.ts';

/** A client says little: a list of points at the most. */
const MESSAGE_BYTES_MAX = 64 * 1024;
const CHECK_PERIOD_MS = 15_000;
/** So two pings have gone unanswered, the first of them for 30 s. */
const SILENT_CHECKS_MAX = 2;
const CLOSE_MESSAGE_TOO_BIG = 1009;

const CLOSE_TOO_MANY_MESSAGES = 1008;
const CLOSE_TRY_LATER = 1013;
/** Screens of one user, or of one token as on many walls. */
const PER_USER_MAX = 100;
/** New ones of one user in a second, five times that at once: each is sent all open alerts. */
const NEW_PER_SECOND = 50;
/** How long a client whose right has ended may take to answer the goodbye. */
const GOODBYE_MS = 500;

interface Connection {
  readonly socket: WebSocket;
  /** Bytes the network has taken so far. */
  takenBytes(): number;
  takenBytesBefore: number;
  /** Checks since the last sign of life. */
  silentChecks: number;
}

interface UserCounts {
  open: number;
  readonly arrivals: TokenBucket;
  /** Of large messages. */
  readonly bytes: TokenBucket;
}

/** The live channel: binds WebSockets to the hub, and ends those that are dead or no longer allowed. */
export function liveRoutes(deps: ApiDeps, clock: Clock, frameTurns: Turns): FastifyPluginAsyncZod {
  const connections = new Set<Connection>();
  const users = new Map<string, UserCounts>();
  const turns = createTurns(clock);

  /** Counts a connection of a user, for whoever gives it up to take off again; undefined when there are too many. */
  function enter(user: string): UserCounts | undefined {
    const counts = users.get(user) ?? { open: 0, arrivals: newBucket(), bytes: newBucket() };
    users.set(user, counts);
    const nowMs = clock.steadyMs();
    if (counts.open >= PER_USER_MAX || takeToken(counts.arrivals, NEW_PER_SECOND, nowMs, 0) > 0) return undefined;
    takeToken(counts.arrivals, NEW_PER_SECOND, nowMs);
    counts.open++;
    return counts;
  }

  /**
   * A peer that vanished without a word leaves a socket that looks open and answers no ping. Where a backlog stands
   * before the ping, its getting shorter is the answer of a slow peer.
   */
  function endDead(): void {
    for (const connection of connections) {
      const { socket, takenBytesBefore } = connection;
      if (connection.silentChecks >= SILENT_CHECKS_MAX) {
        socket.terminate();
        continue;
      }
      const takenBytes = connection.takenBytes();
      connection.takenBytesBefore = takenBytes;
      const isDraining = socket.bufferedAmount > 0 && takenBytes > takenBytesBefore;
      connection.silentChecks = isDraining ? 0 : connection.silentChecks + 1;
      socket.ping();
    }
  }

  return async (app) => {
    const stopChecks = clock.every(CHECK_PERIOD_MS, endDead);
    app.addHook('onClose', async () => stopChecks());

    app.route({
      method: 'GET',
      url: '/live',
      config: { access: 'viewer' },
      schema: {
        tags: ['live'],
        summary: 'WebSocket: alerts as they happen, and readings on request',
        description:
          'Server: `snapshot`, `event` (its `seq` rises by exactly one), `readings`, `heartbeat` every 5 s, `error`. ' +
          'Client: `subscribe` (`readings`: a list of points, or "*"; replaces the one before; new readings only, so ' +
          'subscribe first and then read /points), `unsubscribe`, `seen`. With `since` the events after that number ' +
          'follow instead of a snapshot, if the log has them and is still the one of that name: give `log` as the last ' +
          '`snapshot` or `heartbeat` named it, for a server that was restored from a backup writes another log. Closes with 4401 when the session or token ends, with ' +
          '4408 when the client is too slow; resume with `since`. What a client says is heard at up to 150 messages a second, ' +
          'those above it later, and 1008 ends a flood; 1013 refuses more than 100 connections of one user, or 50 new ' +
          'ones a second.',
        querystring: z
          .object({
            since: z.coerce
              .number()
              .int()
              .nonnegative()
              .optional()
              .meta({ description: 'The last `seq` the client has' }),
            log: logQuery,
          })
          .strict(),
        response: { 101: z.undefined().meta({ description: 'The WebSocket is open' }) },
      },
      handler: async () => {
        throw new ProblemError('upgrade-required');
      },
      wsHandler: (socket, request) => {
        takeFramesInTurns(socket, frameTurns);
        const principal = principalOf(request);
        const counts = enter(principal.name);
        if (counts === undefined) {
          socket.close(CLOSE_TRY_LATER, 'too many connections of this user');
          clock.after(GOODBYE_MS, () => socket.terminate());
          return;
        }
        const tcp = request.raw.socket;
        const connection: Connection = {
          socket,
          takenBytes: () => tcp.bytesWritten - tcp.writableLength,
          takenBytesBefore: 0,
          silentChecks: 0,
        };
        connections.add(connection);
        const sink = {
          send: (frame: Buffer) => socket.send(frame, { binary: false }),
          bufferedBytes: () => socket.bufferedAmount,
          close: (code: number, reason: string) => socket.close(code, reason),
        };
        const live = deps.hub.attach(sink, {
          since: request.query.since,
          log: request.query.log,
          user: principal.name,
        });
        socket.on('pong', () => {
          connection.silentChecks = 0;
        });
        const pace = paceMessages({
          clock,
          turns,
          bytes: counts.bytes,
          hear: live.onMessage,
          pause: () => socket.pause(),
          resume: () => socket.resume(),
          onFlood() {
            socket.close(CLOSE_TOO_MANY_MESSAGES, 'too many messages');
            clock.after(GOODBYE_MS, () => socket.terminate());
          },
        });
        socket.on('ping', pace.ping);
        socket.on('message', (data: Buffer) => {
          if (data.length > MESSAGE_BYTES_MAX) socket.close(CLOSE_MESSAGE_TOO_BIG, 'message too big');
          else pace.message(data.toString());
        });
        const release = deps.accounts.whileHolds(principal, () => {
          // Nothing it says from here on is heard, whether or not it answers the goodbye.
          pace.close();
          live.close();
          socket.close(CLOSE_UNAUTHENTICATED, 'the session has ended');
          clock.after(GOODBYE_MS, () => socket.terminate());
        });
        socket.on('close', () => {
          connections.delete(connection);
          release();
          pace.close();
          counts.open--;
          live.close();
        });
      },
    });
  };
}
