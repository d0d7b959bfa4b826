import type { WhyRejected } from '../../model/rejection.ts';
import { isRejectionCode, whyText } from '../../model/rejection-words.ts';

/** Why something could not be read, as the API says it. */
interface Said {
  readonly detail: string;
  readonly code: string | null;
  readonly values: Readonly<Record<string, unknown>> | null;
}

/** The words for somebody who reads the console in `language`; the server's where it knows more codes than this page. */
export function rejectionWords({ detail, code, values }: Said, language: string): string {
  if (code === null || !isRejectionCode(code)) return detail;
  return whyText({ code, values } as WhyRejected, language === 'en' ? 'en' : 'zh');
}
