import ipaddr from 'ipaddr.js';

/**
 * Which addresses the server may connect to on behalf of what somebody has set up in the console. Targets of an office lie
 * on its own network for good reasons, so that inner addresses cannot be refused altogether; who runs the server lists them.
 */
export interface AllowedTargets {
  /** Lower case; `*.example.cn` stands for every name below it. */
  readonly hosts: readonly HostRule[];
  readonly networks: readonly NetworkRule[];
}
interface HostRule {
  readonly host: string;
  readonly port: number | null;
  /** Named by who runs the server, who answers for it that it may lie in an inner network. */
  readonly isListed: boolean;
}
interface NetworkRule {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly bits: number;
  readonly port: number | null;
}

/** Services of the clouds that tell a machine its own secrets: no target of anybody, though one lies among ordinary addresses. */
const METADATA = ['169.254.169.254', '100.100.100.200', 'fd00:ec2::254'].map((text) => ipaddr.process(text));

/** Ranges of ipaddr.js that belong to a house or an office. */
const INNER = new Set(['private', 'uniqueLocal', 'carrierGradeNat']);

const ENTRY =
  /^(?:\[(?<six>[\da-f:.]+)\](?:\/(?<sixBits>\d{1,3}))?|(?<host>[^\s:/[\]]+)(?:\/(?<bits>\d{1,2}))?)(?::(?<port>\d{1,5}))?$/i;
const HOST =
  /^(?:\*\.)?(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?\.)*[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?$/u;

/**
 * Rules from entries such as `sms.example.cn`, `*.example.cn`, `10.2.0.0/16`, `192.168.1.7:5000`, `[fd00::7]:25`. Those of
 * `usual` are public services that need not be listed. Gives what could not be read beside.
 */
export function readAllowedTargets(
  entries: readonly string[],
  usual: readonly string[] = [],
): { readonly allowed: AllowedTargets; readonly unreadable: readonly string[] } {
  const hosts: HostRule[] = usual.map((host) => ({ host, port: null, isListed: false }));
  const networks: NetworkRule[] = [];
  const unreadable: string[] = [];
  for (const entry of entries) {
    const rule = ruleOf(entry.trim());
    if (rule === undefined) unreadable.push(entry);
    else if ('host' in rule) hosts.push(rule);
    else networks.push(rule);
  }
  return { allowed: { hosts, networks }, unreadable };
}

function ruleOf(entry: string): HostRule | NetworkRule | undefined {
  const { six, sixBits, host, bits, port: portText } = ENTRY.exec(entry)?.groups ?? {};
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && (port < 1 || port > 65_535)) return undefined;
  const address = six ?? host;
  if (address === undefined) return undefined;
  const width = sixBits ?? bits;
  if (ipaddr.IPv4.isValidFourPartDecimal(address) || six !== undefined) {
    if (!ipaddr.isValid(address)) return undefined;
    const parsed = ipaddr.parse(address);
    const most = parsed.kind() === 'ipv4' ? 32 : 128;
    const length = width === undefined ? most : Number(width);
    return length > most ? undefined : { address: parsed, bits: length, port };
  }
  return width === undefined && HOST.test(address) ? { host: address.toLowerCase(), port, isListed: true } : undefined;
}

/**
 * Whether a host that has resolved to an address may be connected to. A public address needs its host or its network on
 * the list; one of an inner network needs to be listed by who runs the server; loopback, link-local, metadata and whatever
 * is no single machine need their network to be listed, whatever name leads there.
 */
export function isAllowedTarget(allowed: AllowedTargets, host: string, address: string, port: number): boolean {
  if (!ipaddr.isValid(address)) return false;
  // An IPv4 address written as IPv6 is the same machine.
  const target = ipaddr.process(address);
  if (allowed.networks.some((rule) => isPort(rule, port) && isIn(target, rule))) return true;
  const rules = allowed.hosts.filter((rule) => isPort(rule, port) && isHost(rule.host, host.toLowerCase()));
  if (rules.length === 0 || METADATA.some((one) => one.toString() === target.toString())) return false;
  const range = target.range();
  return range === 'unicast' || (INNER.has(range) && rules.some(({ isListed }) => isListed));
}

/** Whether the name itself may be asked for at all, so that a name that is not listed costs no look-up. */
export function isAllowedName(allowed: AllowedTargets, host: string, port: number): boolean {
  return (
    allowed.hosts.some((rule) => isPort(rule, port) && isHost(rule.host, host.toLowerCase())) ||
    allowed.networks.some((rule) => isPort(rule, port))
  );
}

function isPort(rule: { readonly port: number | null }, port: number): boolean {
  return rule.port === null || rule.port === port;
}

function isHost(rule: string, host: string): boolean {
  return rule.startsWith('*.') ? host.endsWith(rule.slice(1)) : rule === host;
}

function isIn(target: ipaddr.IPv4 | ipaddr.IPv6, { address, bits }: NetworkRule): boolean {
  return target.kind() === address.kind() && target.match(address, bits);
}
