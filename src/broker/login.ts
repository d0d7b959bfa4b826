import type { AedesOptions, AuthenticateError, Client } from 'aedes';
import { brief } from '../lib/brief.ts';
import type { Clock } from '../lib/clock.ts';
import type { Guesses } from '../lib/guesses.ts';
import type { RefusedNames } from '../lib/refused-names.ts';
import { takeToken } from '../lib/token-bucket.ts';
import type { WaitingRoom } from '../lib/waiting-room.ts';
import { REASON } from './mqtt5/reasons.ts';
import { type Allowance, UNITS_OF_A_CONNECT } from './pace.ts';
import type { Peer } from './peers.ts';
import { type MqttPrincipal, ownerName, principalName } from './principal.ts';
import type { Refusals } from './refusals.ts';

export interface LoginOptions {
  readonly clock: Clock;
  /** Undefined refuses the connection. */
  readonly authenticate: (username: string | undefined, password: Uint8Array | undefined) => MqttPrincipal | undefined;
  readonly guesses: Guesses;
  readonly refusedNames: Pick<RefusedNames, 'note' | 'cameIn'>;
  readonly refusals: Refusals;
  readonly strangers: WaitingRoom;
  readonly peerOf: (client: Client) => Peer | undefined;
  /** What somebody may spend; undefined of those who do not say who they are. */
  readonly allowanceOf: (principal: MqttPrincipal) => Allowance | undefined;
  /** Gives a connection its session. False when there is no place for it. */
  readonly admit: (client: Client, principal: MqttPrincipal) => boolean;
}

/** No device gives up a connection sooner than that. */
const COMES_IN_MAX_MS = 10_000;
/** MQTT lets a server take longer ids than 23 characters; nobody chooses one that is longer than this. */
const CLIENT_ID_LENGTH_MAX = 512;
const BAD_USERNAME_OR_PASSWORD = 4;
const IDENTIFIER_REJECTED = 2;
const SERVER_UNAVAILABLE = 3;
/** Nobody's name or secret is longer; what is longer is not looked at, nor kept while an answer waits. */
const NAME_LENGTH_MAX = 512;
const PASSWORD_BYTES_MAX = 4_096;
/** Log-ins that may wait for their answer at the same time: only those for whose name and address somebody is guessing. */
const WAITING_MAX = 5_000;
/** Of these, of one owner, those that will be refused. */
const TURNED_AWAY_MAX = 100;

type Done = (error: AuthenticateError | null, success: boolean | null) => void;

/** Answers log-ins: at once as a rule, later where somebody guesses or comes all the time. */
export function createLogin(options: LoginOptions): NonNullable<AedesOptions['authenticate']> {
  const { clock, refusals, strangers, peerOf } = options;
  /** Log-ins whose answer is held back. */
  let waiting = 0;
  /** Of these, log-ins of those who come too often, by owner. */
  const turnedAway = new Map<string, number>();
  const addressOf = (client: Client): string => peerOf(client)?.address ?? '';

  function answer(
    client: Client,
    username: string | undefined,
    principal: MqttPrincipal | undefined,
    done: Done,
  ): void {
    if (principal === undefined) {
      refusals.count('bad-credentials', username === undefined ? 'no user name' : brief(username));
      const clientId = peerOf(client)?.isUnnamed === true ? '' : client.id;
      options.refusedNames.note(username, clientId, addressOf(client));
      return done(refusal('bad user name or password', BAD_USERNAME_OR_PASSWORD), false);
    }
    options.refusedNames.cameIn(username ?? '', addressOf(client));
    if (options.admit(client, principal)) return done(null, true);
    refusals.count('too-many-connections', principalName(principal));
    peerOf(client)?.version5?.refuse(REASON.quotaExceeded);
    done(refusal('no place is left', SERVER_UNAVAILABLE), false);
  }

  /** Refuses a log-in of whoever comes too often, and not at once, or it would come again at once. */
  function turnAway(client: Client, owner: string, done: Done): void {
    const refuse = () => done(refusal('comes too often', SERVER_UNAVAILABLE), false);
    const held = turnedAway.get(owner) ?? 0;
    if (held >= TURNED_AWAY_MAX || waiting >= WAITING_MAX) return refuse();
    turnedAway.set(owner, held + 1);
    waiting++;
    strangers.leave(client.conn);
    clock.after(COMES_IN_MAX_MS, () => {
      waiting--;
      const left = (turnedAway.get(owner) ?? 1) - 1;
      if (left === 0) turnedAway.delete(owner);
      else turnedAway.set(owner, left);
      if (!client.closed) refuse();
    });
  }

  /** How long whoever comes all the time has to wait this time. Counts it, unless that is too long. */
  function comesInMsOf(principal: MqttPrincipal): number {
    const allowance = options.allowanceOf(principal);
    if (allowance === undefined) return 0;
    const { bucket, unitsPerSecond } = allowance;
    const dueMs = takeToken(bucket, unitsPerSecond, clock.steadyMs(), 0);
    if (dueMs > COMES_IN_MAX_MS) return dueMs;
    return takeToken(bucket, unitsPerSecond, clock.steadyMs(), UNITS_OF_A_CONNECT);
  }

  return (client, username, password, done) => {
    if (client.id.length > CLIENT_ID_LENGTH_MAX) {
      refusals.count('client-id-too-long', brief(username ?? 'no user name'));
      return done(refusal('client id is too long', IDENTIFIER_REJECTED), false);
    }
    if (isOversized(username, password)) {
      refusals.count('oversized-login', brief(username ?? 'no user name'));
      return done(refusal('bad user name or password', BAD_USERNAME_OR_PASSWORD), false);
    }
    const principal = options.authenticate(username, password);
    const comesInMs = principal === undefined ? 0 : comesInMsOf(principal);
    if (principal !== undefined && comesInMs > COMES_IN_MAX_MS) {
      refusals.count('comes-too-often', brief(username ?? ''));
      peerOf(client)?.version5?.refuse(REASON.rateExceeded);
      return turnAway(client, ownerName(principal), done);
    }
    const guessedMs = options.guesses.waitMs(addressOf(client), username ?? '', principal !== undefined);
    const waitMs = Math.max(guessedMs, comesInMs);
    // Whose it is stands fast, so strangers do not take its place while it waits.
    if (principal !== undefined) strangers.leave(client.conn);
    if (waitMs === 0) return answer(client, username, principal, done);
    if (waiting >= WAITING_MAX) {
      refusals.count('too-many-waiting', addressOf(client));
      peerOf(client)?.version5?.refuse(REASON.busy);
      return done(refusal('too many are waiting', SERVER_UNAVAILABLE), false);
    }
    waiting++;
    clock.after(waitMs, () => {
      waiting--;
      // What held then may not hold any more.
      if (!client.closed) answer(client, username, options.authenticate(username, password), done);
    });
  };
}

function isOversized(username: string | undefined, password: Uint8Array | undefined): boolean {
  return (username?.length ?? 0) > NAME_LENGTH_MAX || (password?.length ?? 0) > PASSWORD_BYTES_MAX;
}

function refusal(message: string, returnCode: number): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}
