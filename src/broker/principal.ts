import { isTopicPattern } from '../model/messages.ts';
import type { Route } from '../model/route.ts';
import { hyphenatedId, SPARKPLUG_NAMESPACE, sparkplugIds } from '../model/sparkplug.ts';

/** Who a connection is, once its credentials have been checked. */
export type MqttPrincipal =
  | {
      readonly kind: 'device';
      readonly id: string;
      readonly grantedAlerts: boolean;
      /** Of a gateway: whether it may speak for another device. */
      readonly speaksFor?: ((device: string) => boolean) | undefined;
    }
  /**
   * A person or program with an API token; `mayFeed` lets a gateway publish telemetry for any device. `whileHeld` calls
   * `end` when the token has ended or may do less; the function it gives stops it.
   */
  | {
      readonly kind: 'user';
      readonly name: string;
      readonly token: string;
      readonly mayCommand: boolean;
      readonly mayFeed: boolean;
      readonly whileHeld: (end: () => void) => () => void;
    }
  /** Nobody asked: `auth: none`, which only a loopback listener can have. `device` is who it says it is. */
  | { readonly kind: 'anonymous'; readonly device: string | null };

export const COMMANDS_PREFIX = 'commands/';
export const ALERTS_PREFIX = 'alerts/';
/** Where a siren says that it sounds, of itself alone. */
export const STATES_PREFIX = 'states/';

/** Whether a principal may publish to a topic that no device's messages come by: people may, to commands. */
export function mayPublish(principal: MqttPrincipal, topic: string): boolean {
  switch (principal.kind) {
    case 'device':
      return topic === STATES_PREFIX + principal.id;
    case 'user':
      return principal.mayCommand && isCommand(topic);
    case 'anonymous':
      return isCommand(topic);
  }
}

/** Whether a principal may publish telemetry of a device. */
export function mayFeed(principal: MqttPrincipal, device: string): boolean {
  switch (principal.kind) {
    case 'device':
      return device === principal.id || principal.speaksFor?.(device) === true;
    case 'user':
      return principal.mayFeed;
    case 'anonymous':
      return true;
  }
}

/** Whose a message is on a route, or who sends it where it is opened to see that; undefined where that may not be. */
export function senderOf(route: Route, topic: string, principal: MqttPrincipal): string | undefined {
  if (route.kind === 'envelope') return mayFeedSome(principal) ? principalName(principal) : undefined;
  const device = route.device(topic);
  return device !== undefined && mayFeed(principal, device) ? device : undefined;
}

/** Then it is no name of a topic, and Aedes closes the connection for it. */
export function hasWildcard(topic: string): boolean {
  return topic.includes('+') || topic.includes('#');
}

/** Whether a principal may send messages that are opened to see whose they are; of each part `mayFeed` is asked then. */
function mayFeedSome(principal: MqttPrincipal): boolean {
  return principal.kind !== 'user' || principal.mayFeed;
}

/** Whether a principal may subscribe to a filter, wildcards and all. */
export function maySubscribe(principal: MqttPrincipal, filter: string): boolean {
  if (filter.startsWith(SPARKPLUG_START)) return maySubscribeToHost(principal, filter);
  switch (principal.kind) {
    case 'device':
      return filter === COMMANDS_PREFIX + principal.id || (principal.grantedAlerts && isAlerts(filter));
    case 'user':
      return isAlerts(filter);
    case 'anonymous':
      return isAlerts(filter) || isCommand(filter);
  }
}

const SPARKPLUG_START = `${SPARKPLUG_NAMESPACE}/`;

/** Edge nodes of Sparkplug wait for a host's state, which is no secret, and for commands to themselves and their devices. */
function maySubscribeToHost(principal: MqttPrincipal, filter: string): boolean {
  const [, group = '', type, node = ''] = filter.split('/');
  if (filter.includes('\0')) return false;
  if (group === 'STATE') return true;
  if (type !== 'NCMD' && type !== 'DCMD') return false;
  if (principal.kind !== 'device') return mayFeedSome(principal);
  const address = { group, node, device: undefined };
  return [...sparkplugIds(address), hyphenatedId(address)].includes(principal.id) || principal.speaksFor !== undefined;
}

/**
 * Whether a subscription is granted on which nothing is ever sent: network servers and bridges subscribe to what others would
 * have them do, and one that was refused asks again without end. `maySubscribe` is asked of each message all the same.
 */
export function mayWaitInVain(principal: MqttPrincipal, filter: string): boolean {
  const isGateway = principal.kind === 'device' ? principal.speaksFor !== undefined : mayFeedSome(principal);
  return isGateway && isTopicPattern(filter);
}

function isCommand(topic: string): boolean {
  return commandedDevice(topic) !== undefined;
}

/** Whom a command is for; undefined of what is no command. */
export function commandedDevice(topic: string): string | undefined {
  const device = topic.startsWith(COMMANDS_PREFIX) ? topic.slice(COMMANDS_PREFIX.length) : '';
  return device !== '' && !/[/+#\0]/.test(device) ? device : undefined;
}

function isAlerts(filter: string): boolean {
  return filter.startsWith(ALERTS_PREFIX) && !filter.includes('\0');
}

/** What to call a principal in logs and counts. */
export function principalName(principal: MqttPrincipal): string {
  if (principal.kind === 'device') return principal.id;
  return principal.kind === 'user' ? principal.name : 'anonymous';
}

/**
 * Who owns the sessions of a principal. Without authentication that is whom a client says it speaks for; those who say
 * nothing are one owner, since nobody can tell them apart.
 */
export function ownerName(principal: MqttPrincipal): string {
  switch (principal.kind) {
    case 'device':
      return deviceOwner(principal.id);
    case 'user':
      return `token/${principal.token}`;
    case 'anonymous':
      return anonymousOwner(principal.device);
  }
}

export function deviceOwner(device: string): string {
  return `device/${device}`;
}

export function anonymousOwner(device: string | null): string {
  return `anonymous/${device ?? ''}`;
}
