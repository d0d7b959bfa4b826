import { z } from 'zod';
import { idSchema } from '../model/names.ts';

/** The most points a client may list; whoever wants more subscribes to "*". */
export const SUBSCRIBED_POINTS_MAX = 2_000;

const clientMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('subscribe'),
    readings: z.union([z.literal('*'), z.array(idSchema).max(SUBSCRIBED_POINTS_MAX)]),
  }),
  z.object({ type: z.literal('unsubscribe') }),
  z.object({ type: z.literal('seen'), seq: z.number().int().nonnegative() }),
]);

/** What a client may say. Unknown keys are ignored, so that a newer console can talk to an older server. */
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** A client's message, or what is wrong with it in words. Never throws. */
export function parseClientMessage(
  text: string,
): { readonly ok: true; readonly message: ClientMessage } | { readonly ok: false; readonly detail: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, detail: 'not JSON' };
  }
  const parsed = clientMessageSchema.safeParse(json);
  if (parsed.success) return { ok: true, message: parsed.data };
  return {
    ok: false,
    detail: parsed.error.issues
      .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
      .join('; '),
  };
}
