/** Reason codes of MQTT 5 (OASIS MQTT 5.0, 2.4), those that are said or looked at here. */
export const REASON = {
  success: 0x00,
  noSubscription: 0x11,
  unspecified: 0x80,
  malformed: 0x81,
  protocolError: 0x82,
  unsupportedVersion: 0x84,
  badClientId: 0x85,
  badCredentials: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  busy: 0x89,
  shuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  takenOver: 0x8e,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  quotaExceeded: 0x97,
  sharedNotSupported: 0x9e,
  rateExceeded: 0x9f,
} as const;

/** From here on a code tells of a failure. */
export const FAILURE = 0x80;

/** An error that says to a client of version 5 why its connection ends. */
export function errorWithReason(message: string, reason: number): Error {
  return Object.assign(new Error(message), { reason });
}

/** What a client is told of an error that ends its connection; of Aedes' own ones by their words. */
export function reasonOf(error: unknown): number {
  if (!(error instanceof Error)) return REASON.unspecified;
  if ('reason' in error && typeof error.reason === 'number') return error.reason;
  if (error.message === 'keep alive timeout') return REASON.keepAliveTimeout;
  if (error.message === 'Client queue limit reached') return REASON.quotaExceeded;
  if (error.message.startsWith('maxInflightInbound exceeded')) return REASON.receiveMaximumExceeded;
  return REASON.unspecified;
}

/** The refusals that 3.1.1 has for a CONNECT, in the words of 5. */
export function reasonOfReturnCode(returnCode: number): number {
  const reasons = [
    REASON.success,
    REASON.unsupportedVersion,
    REASON.badClientId,
    REASON.serverUnavailable,
    REASON.badCredentials,
    REASON.notAuthorized,
  ];
  return reasons[returnCode] ?? REASON.unspecified;
}
