import { type ClientFrame, clientFrameSchema } from '../wire/live.ts';

/** A client's message, or what is wrong with it in words. Never throws. */
export function parseClientMessage(
  text: string,
): { readonly ok: true; readonly message: ClientFrame } | { readonly ok: false; readonly detail: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, detail: 'not JSON' };
  }
  const parsed = clientFrameSchema.safeParse(json);
  if (parsed.success) return { ok: true, message: parsed.data };
  return {
    ok: false,
    detail: parsed.error.issues
      .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
      .join('; '),
  };
}
