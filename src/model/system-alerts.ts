/** Alerts about the server itself name this as their point and area. */
export const SYSTEM_POINT = 'brink';
/** The rule of the alert that says that there are too many alerts. */
export const FLOOD_RULE = 'alarm-flood';
/** What the rule of the alert begins with that says that the codec of a profile is switched off; the profile follows. */
export const CODEC_OFF = 'codec-off.';
/** What the rule of the alert begins with that says that a channel does not deliver what people are told; its id follows. */
export const CHANNEL_FAILING = 'channel-failing.';
/** The alert that says that servers of a cluster have come to different copies. */
export const COPIES_DIFFER = { condition: 'cluster-copies-differ', level: 'red' } as const;
/** The rule of the alert that says that the clocks of gateways and ours are apart. */
export const NOTIFY_CLOCK = 'notify-clock';
/** What the rule of the alert begins with that says that nothing reaches who is or will be on duty; the rota follows. */
export const DUTY_UNREACHABLE = 'duty-unreachable.';
/** What the rule of the alert begins with that says that somebody on duty has not answered the rehearsal of his shift; the rota follows. */
export const DUTY_UNANSWERED = 'duty-unanswered.';
/** What the rule of the alert begins with that says that nobody is or will be on duty; the rotas follow, with + between them. */
export const DUTY_GAP = 'duty-gap.';
