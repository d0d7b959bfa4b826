import { z } from 'zod';
import type { FrameValue } from './protocol.ts';

/** What a device may be told or asked over the protocol that it speaks, and what has come of it. */

/** What may be read of a device: how it is, what it measures, what was done at it, its program, its settings, its clock. */
export const READABLE = ['state', 'values', 'operations', 'version', 'settings', 'time'] as const;
export const readableSchema = z.enum(READABLE);
export type Readable = z.infer<typeof readableSchema>;

/** A system below a transmission device, 0 to 255, or a component of one: eight hex digits, the high byte first. */
export const placeBelowSchema = z.string().regex(/^([01]?\d?\d|2[0-4]\d|25[0-5])(-[0-9a-f]{8})?$/);

export const deviceCommandSchema = z.discriminatedUnion('kind', [
  /** Somebody at the device is to answer within so many minutes, by a key of it. */
  z.object({ kind: z.literal('guard-check'), withinMinutes: z.number().int().min(1).max(255) }),
  z.object({ kind: z.literal('set-time') }),
  z.object({ kind: z.literal('initialize') }),
  z.object({ kind: z.literal('read'), what: readableSchema, place: placeBelowSchema.optional() }),
]);
export type DeviceCommand = z.infer<typeof deviceCommandSchema>;

export const COMMAND_KINDS = ['guard-check', 'set-time', 'initialize', 'read'] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

/** What a device can be told, and what can be read of it, over the protocol that it speaks. */
export interface Commandable {
  readonly commands: readonly CommandKind[];
  readonly readable: readonly Readable[];
}

export const COMMAND_STATES = [
  /** It is on its way, and is repeated until the device says that it has it. */
  'sent',
  /** The device has it. Of a guard check: nobody has answered yet. */
  'confirmed',
  /** Somebody has answered, or what was asked for has come. */
  'answered',
  /** The device has it, and nobody answered in time. */
  'unanswered',
  /** The device will not, or does not know how. */
  'denied',
  /** The device did not say that it has it, however often it was told. */
  'no-reply',
  /** The connection, or the server, ended before. */
  'interrupted',
] as const;
export const commandStateSchema = z.enum(COMMAND_STATES);
export type CommandState = z.infer<typeof commandStateSchema>;

/** One thing of what a device has answered. */
export interface CommandAnswer {
  /** The system or component that it is of; null: the device itself. */
  readonly place: string | null;
  /** When it was, as the device says, ms since 1970; null where it does not say. */
  readonly atMs: number | null;
  readonly values: Readonly<Record<string, FrameValue>>;
}

export interface CommandRecord {
  /** Rises with each, of whatever device. */
  readonly number: number;
  readonly device: string;
  readonly command: DeviceCommand;
  readonly author: string;
  readonly atMs: number;
  readonly state: CommandState;
  /** When the device said that it has it; null where it did not. */
  readonly confirmedAtMs: number | null;
  /** When nothing more was to come; null while it is under way. */
  readonly endedAtMs: number | null;
  readonly answers: readonly CommandAnswer[];
}

/** What becomes of a command; all but `confirmed` of a guard check is the last that is told of it. */
export type CommandNews =
  | { readonly kind: Exclude<CommandState, 'sent' | 'answered'> }
  | { readonly kind: 'answered'; readonly answers: readonly CommandAnswer[] };

/** Why a device was told nothing. */
export type NotTold =
  /** It has no connection over a protocol that has commands. */
  | 'not-connected'
  /** Its protocol does not have this command. */
  | 'not-spoken'
  /** It was told something before, and has not said yet that it has it. */
  | 'under-way';
