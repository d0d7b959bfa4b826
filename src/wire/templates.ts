import { templateSchema } from '../model/template.ts';

export const templateViewSchema = templateSchema.meta({ id: 'ThresholdTemplate' });
