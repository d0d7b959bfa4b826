import type { Notice } from '../channel.ts';

/** The few words that channels add themselves. None of them is 预警, which in China only authorised bodies may publish. */
const WORDS = {
  zh: {
    more: (count: number) => `另有 ${count} 条`,
    open: '打开处置',
    answer: (code: string) => `回复 ${code} 确认`,
  },
  en: {
    more: (count: number) => `${count} more`,
    open: 'Open and answer',
    answer: (code: string) => `Reply ${code} to acknowledge`,
  },
} as const;

export function wordsOf({ language }: Pick<Notice, 'language'>): (typeof WORDS)['zh' | 'en'] {
  return WORDS[language];
}
