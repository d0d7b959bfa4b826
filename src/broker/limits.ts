/** What the broker takes at most, as far as it may be set. */
export interface BrokerLimits {
  /** Bytes of one PUBLISH. Telemetry that is larger is read past and told of; any other packet ends its connection. */
  readonly packetBytesMax: number;
  /** Connections that have said who they are. Those who have not take no place from them. */
  readonly connectionsMax: number;
  /** Of these, from one address (or one /64 of IPv6). */
  readonly connectionsPerAddressMax: number;
  /** Publishes of one device above this rate are slowed down, never dropped. */
  readonly publishesPerSecondMax: number;
}

export const DEFAULT_LIMITS: BrokerLimits = {
  packetBytesMax: 8 << 20,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 10_000,
  publishesPerSecondMax: 10_000,
};
