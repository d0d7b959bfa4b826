import { isIPv6 } from 'node:net';

/**
 * Whom an address belongs to, for counting what it does: an IPv4 address by itself; of IPv6 the first 64 bits, because
 * every connection to the internet has a network of that size and can take another address for each attempt.
 */
export function addressGroup(address: string): string {
  const plain = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two groups.
  const length = behind.length + (behind.at(-1)?.includes('.') ? 1 : 0);
  if (tail !== undefined) while (groups.length + length < 8) groups.push('0');
  const whole = [...groups, ...behind];
  return `${whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
