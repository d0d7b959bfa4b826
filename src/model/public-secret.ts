/** The secret that the sample site gives a device. It stands in the open, so that it proves nothing about who sends. */
export function publicSecretOf(device: string): string {
  return `demo-${device}`;
}
