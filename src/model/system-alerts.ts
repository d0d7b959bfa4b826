/** Alerts about the server itself name this as their point and area. */
export const SYSTEM_POINT = 'brink';
/** The rule of the alert that says that there are too many alerts. */
export const FLOOD_RULE = 'alarm-flood';
