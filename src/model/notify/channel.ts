import { z } from 'zod';
import { idSchema, nameSchema } from '../names.ts';

export const CHANNEL_KINDS = [
  'wecom',
  'dingtalk',
  'feishu',
  'email',
  'webhook',
  'template-webhook',
  'aliyun-sms',
  'aliyun-voice',
  'tencent-sms',
  'tencent-voice',
  'modem',
  'mqtt',
] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/**
 * A channel as it is set up: what kind it is of and its settings, which the kind checks. Secrets stand in no file and no
 * revision: here they are named only by the settings that are missing.
 */
export const channelSchema = z
  .object({
    id: idSchema,
    kind: z.enum(CHANNEL_KINDS),
    name: nameSchema.optional(),
    off: z.boolean().default(false),
    settings: z.record(z.string(), z.unknown()).default({}),
  })
  .strict();
export type ChannelEntry = z.infer<typeof channelSchema>;
