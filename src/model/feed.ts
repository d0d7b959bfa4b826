import { z } from 'zod';
import { idSchema } from './names.ts';
import type { SourceState } from './source-state.ts';

/** Another broker whose messages are read: that of a network server, or of a site that has had one for long. */
export const feedSchema = z
  .object({
    /** Quarantine and health name it so. */
    name: idSchema,
    url: z.url({ protocol: /^(?:mqtts?|wss?)$/, error: 'an address such as mqtts://broker.example:8883' }),
    user: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    /** Filters to subscribe to. */
    topics: z.array(z.string().min(1).max(1_024)).min(1).max(64),
  })
  .strict();
export type Feed = z.infer<typeof feedSchema>;

/** How a feed is: connected or not, and why not. */
export interface FeedState extends SourceState {
  readonly kind: 'feed';
  /** Whether the broker keeps messages while this server is away (QoS 1); null without a connection. */
  readonly isKeptForUs: boolean | null;
}
