import { telemetryDevice } from './principal.ts';

/** The devices of topics that readings come in on. */
export interface TelemetryTopics {
  /** The device that a topic belongs to; undefined when it is no topic of telemetry, or holds a wildcard. */
  device(topic: string): string | undefined;
}

/** As many topics as this are remembered: those of every device of a large site. */
const TOPICS_MAX = 32_768;
/** Longer ones are looked at each time, so that nobody fills the memory with them. */
const TOPIC_LENGTH_MAX = 128;

/**
 * Remembers what a topic comes to, because every message brings its topic as a new text. The device's id is the same text
 * each time, so whatever is looked up by it need not read it again.
 */
export function createTelemetryTopics(): TelemetryTopics {
  const devices = new Map<string, string>();
  return {
    device(topic) {
      const known = devices.get(topic);
      if (known !== undefined) return known;
      const device = telemetryDevice(topic);
      // Wildcards are no topic names; Aedes closes the connection for them.
      if (device === undefined || /[+#]/.test(device)) return undefined;
      if (topic.length > TOPIC_LENGTH_MAX) return device;
      if (devices.size >= TOPICS_MAX) devices.clear();
      devices.set(topic, device);
      return device;
    },
  };
}
