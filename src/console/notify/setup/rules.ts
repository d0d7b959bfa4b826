import type { Rule } from 'antd/es/form';
import type { z } from 'zod';

/** A field that may stay empty, and otherwise has to be as the server will ask it to be. */
export function ruleOf(schema: z.ZodType, message: string): Rule {
  return {
    validator: async (_, value: unknown) => {
      if (value === undefined || value === null || value === '' || schema.safeParse(value).success) return;
      throw new Error(message);
    },
  };
}
