/** Whether an address has a user or a password in it, which everybody who sees the address would read. */
export function hasLogin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.username !== '' || url.password !== '');
}

/** An address as everybody may read it. */
export function withoutLogin(text: string): string {
  const url = URL.parse(text);
  if (url === null || !hasLogin(text)) return text;
  url.username = '';
  url.password = '';
  return url.href;
}
