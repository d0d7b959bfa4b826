/**
 * Whether a spreadsheet program might take a text for a formula, and run it on the machine of who opens the file (OWASP,
 * CSV injection): names and values come from devices and from anybody. The programs pass over blanks, and in Chinese and
 * Japanese take the full-width signs for the narrow ones.
 */
export function isFormulaLike(text: string): boolean {
  return /^[\t\r\n]/.test(text) || /^[=+\-@]/.test(text.trimStart().slice(0, 1).normalize('NFKC'));
}
