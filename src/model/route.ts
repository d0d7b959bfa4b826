import type { EnvelopeFormat, PayloadFormat } from './format.ts';

/**
 * The way of a message from its topic to its readings: which topics are meant, in what format they are read, and whose they
 * are. A source asks for the route of a topic once for each message and hands it on with the message, so that nobody looks
 * it up a second time.
 */
export type Route = DeviceRoute | EnvelopeRoute;

/** A route whose topics name the device. */
export interface DeviceRoute {
  readonly kind: 'device';
  /** As it is written down: levels of a topic, of which one is `{device}`, and others may be `+` or, at the end, `#`. */
  readonly pattern: string;
  readonly format: PayloadFormat;
  /** The device that a topic of this route belongs to; undefined when it names none. */
  device(topic: string): string | undefined;
}

/** A route whose messages are opened to see whose they are. */
export interface EnvelopeRoute {
  readonly kind: 'envelope';
  readonly pattern: string;
  readonly format: EnvelopeFormat;
}

/** The route of a topic; undefined when no device's message comes by it. */
export type RouteOf = (topic: string) => Route | undefined;
