/** An MQTT user name that was refused from an address: a device that nobody has registered, or one with a wrong secret. */
export interface RefusedName {
  /** As far as it is kept; empty when none was given. */
  readonly name: string;
  /** Whether that is all of it, just as it was sent. */
  readonly isWhole: boolean;
  /** The client id it gave last, as far as it is kept. */
  readonly clientId: string;
  readonly address: string;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}
