import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';
import mqttPacket from 'mqtt-packet';
import { NONE, PROPERTIES_BYTES_MAX, type Properties, type PropertiesOf, readProperties } from './properties.ts';
import { errorWithReason } from './reasons.ts';

/** A packet that a client of version 5 has sent, as the parser gives it. */
export interface IncomingPacket {
  cmd: string;
  readonly topic: string;
  readonly qos: number;
  readonly messageId?: number;
  readonly reasonCode?: number;
  readonly properties?: Properties;
  readonly subscriptions?: readonly { readonly topic: string; readonly rh?: number; subscriptionIdentifier?: number }[];
  readonly unsubscriptions?: readonly string[];
}

/** What is relied on of the parser of mqtt-packet 9, beyond its types. Aedes 1.2 sets `client`. */
export interface ParserParts extends EventEmitter {
  settings: { readonly protocolVersion?: number };
  readonly client?: Client;
  readonly packet: { readonly cmd: string; readonly length: number; readonly clientId?: string };
  readonly _list: { get(at: number): number | undefined; slice(from: number, to: number): Buffer };
  _pos: number;
  _parseProperties(): Properties | false;
  _emitError(error: Error): void;
}

/** Length bytes before the properties. */
const LENGTH_BYTES_MAX = 4;

export function parserOf(client: Client): ParserParts {
  return (client as unknown as { readonly _parser: ParserParts })._parser;
}

/**
 * Lets a connection's parser read properties as strictly as version 5 has it, and keep none that nobody needs: a user
 * property is as long as somebody likes. False when the parser is built otherwise than in the mqtt-packet this was written
 * for: then version 5 is refused.
 */
export function readPropertiesStrictly(client: Client): boolean {
  const parser = parserOf(client);
  if (typeof parser?._parseProperties !== 'function' || typeof parser._emitError !== 'function') return false;
  parser._parseProperties = parseProperties;
  return true;
}

function parseProperties(this: ParserParts): Properties | false {
  const { packet, _list: list } = this;
  const of = placeOf(packet);
  // A DISCONNECT may end behind its reason.
  if (of === 'disconnect' && this._pos >= packet.length) return NONE;
  if (this._pos < packet.length && list.get(this._pos) === 0) {
    this._pos++;
    return NONE;
  }
  const to = Math.min(packet.length, this._pos + LENGTH_BYTES_MAX + PROPERTIES_BYTES_MAX);
  const read = readProperties(list.slice(this._pos, Math.max(this._pos, to)), of);
  if (read.ok) {
    this._pos += read.bytes;
    return read.properties;
  }
  // Before the version is known to the broker there is nobody else to say it.
  if (packet.cmd === 'connect') sayRefused(this.client?.conn, read.reason);
  this._emitError(errorWithReason('properties cannot be read', read.reason));
  return false;
}

function sayRefused(stream: Duplex | undefined, reasonCode: number): void {
  stream?.write(mqttPacket.generate({ cmd: 'connack', reasonCode, sessionPresent: false }, { protocolVersion: 5 }));
}

function placeOf({ cmd, clientId }: ParserParts['packet']): PropertiesOf {
  switch (cmd) {
    case 'connect':
      // Those of the will stand behind the client id.
      return clientId === undefined ? 'connect' : 'will';
    case 'publish':
    case 'subscribe':
    case 'unsubscribe':
    case 'disconnect':
    case 'auth':
      return cmd;
    default:
      return 'acknowledgement';
  }
}
