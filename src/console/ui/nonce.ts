/**
 * Gives every `<style>` element that is made from now on the nonce of this page's policy. Component libraries write
 * their styles while they run; some let one pass a nonce, but parts of them (scroll lock, measuring a scroll bar) do
 * not. Whoever can run a program here can read the nonce as well, so nothing is opened that was closed: what stays out
 * is style that comes in as markup.
 */
export function giveStylesTheNonce(page: Document): void {
  const nonce = page.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce;
  if (nonce === undefined || nonce === '') return;
  const create = page.createElement.bind(page) as Document['createElement'];
  page.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (name.toLowerCase() === 'style') element.nonce = nonce;
    return element;
  }) as Document['createElement'];
}
