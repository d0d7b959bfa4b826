/**
 * Runs in the page. Gives what a person could not read or press as it stands, in words: what lies on something else, what
 * is cut off, and what sticks out of the page. Drawings (map, charts) are left out: they know their own size.
 */
(() => {
  /** Less than this is a matter of rounding and of the empty space around glyphs, px. */
  const SLACK_PX = 2;
  /** Of a name that is cut at least so much must be there to be told apart, px. */
  const LEAST_SHOWN_PX = 44;
  /** These move what is in them by themselves, all but what stands in their cells. */
  const SCROLLED = '.ant-table-wrapper, .dsg-container, .ant-tabs-nav';
  const CELLS = '.ant-table-cell, .dsg-cell, .ant-tabs-tab';
  /** What an open alert is about, and counts: on the screens of offices they are there in full. */
  const NEVER_CUT =
    '[data-testid=alert-row] :is([data-testid=alert-area], [data-testid=alert-metric], [data-testid=alert-bounds], [data-testid=alert-level] small), [data-testid=incident-list] :is(.ant-segmented-item-label, li button > :last-child)';
  const PRESSED =
    'a, button, input, textarea, select, [role=switch], [role=combobox], [role=tab], .ant-select, .ant-picker';

  const describe = (element) => {
    const name = element.className?.baseVal ?? element.className;
    const words = (element.innerText ?? '').trim().replaceAll(/\s+/g, ' ').slice(0, 40);
    return `${element.localName}${name ? `.${name.split(' ').join('.')}` : ''} "${words}"`;
  };
  const intersection = (a, b) => ({
    left: Math.max(a.left, b.left),
    right: Math.min(a.right, b.right),
    top: Math.max(a.top, b.top),
    bottom: Math.min(a.bottom, b.bottom),
  });
  const boxOf = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { left, right, top, bottom };
  };
  const isEmpty = ({ left, right, top, bottom }) => right - left <= 1 || bottom - top <= 1;
  const styles = new Map();
  const styleOf = (element) => {
    if (!styles.has(element)) styles.set(element, getComputedStyle(element));
    return styles.get(element);
  };

  /** What of a box can be seen, and whether what cannot has been cut off for good by something that does not scroll. */
  function seen(box, element) {
    let shown = box;
    let cut = null;
    for (let parent = element; parent !== null && parent !== document.documentElement; parent = parent.parentElement) {
      const style = styleOf(parent);
      if (style.position === 'fixed') break;
      if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
      const next = intersection(shown, boxOf(parent));
      const leftPx = next.right - next.left;
      const isLess = shown.right - shown.left - leftPx > SLACK_PX;
      const scrolls =
        /auto|scroll/.test(style.overflowX) || (parent.closest(SCROLLED) !== null && parent.closest(CELLS) === null);
      if (isLess && cut === null && !isEmpty(next) && !scrolls) {
        cut = { by: parent, leftPx };
      }
      // What is cut by something that scrolls can be brought into view.
      else if (isLess && cut === null) cut = undefined;
      shown = next;
      if (isEmpty(shown)) break;
    }
    return { shown, cut };
  }

  function firstTextOf(element) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) if (text.data.trim() !== '') return text;
    return null;
  }

  const found = new Set();
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.add(`the page is ${root.scrollWidth} wide on ${root.clientWidth}`);
  for (const page of document.querySelectorAll('.page, .content, .shell, [data-testid=wall], [data-testid=login]')) {
    if (page.scrollWidth > page.clientWidth + 1) {
      const right = page.getBoundingClientRect().left + page.clientWidth + 1;
      const over = [...page.querySelectorAll('*')].find((element) => element.getBoundingClientRect().right > right);
      found.add(
        `${page.className} is ${page.scrollWidth} wide on ${page.clientWidth}, as of ${over && describe(over)}`,
      );
    }
  }

  // On the screens of desks and offices nothing has to be moved sideways; on narrower ones tables are. A sheet is as wide as
  // its columns, and what is unseen at its own place is not missed.
  const WIDE_PX = 1280;
  const TABLE_PARTS = '.ant-table-header, .ant-table-body, .ant-table-content, .ant-table-tbody-virtual-holder';
  const MAY_SCROLL = '.dsg-container, .ant-tabs-nav, textarea, input, pre, .payload, .unseen';
  if (innerWidth >= WIDE_PX) {
    for (const element of document.querySelectorAll(NEVER_CUT)) {
      // Widths of boxes are whole pixels, and a part of one is enough to put an ellipsis there.
      const words = document.createRange();
      words.selectNodeContents(element);
      const over = words.getBoundingClientRect().width - element.getBoundingClientRect().width;
      if (element.scrollWidth > element.clientWidth || over > 0.02) found.add(`shortened: ${describe(element)}`);
    }
    for (const element of document.querySelectorAll('*')) {
      if (element.scrollWidth <= element.clientWidth + 1 || element.closest(MAY_SCROLL) !== null) continue;
      // A table that draws its rows in view only moves what it hides by itself.
      const moves = /auto|scroll/.test(styleOf(element).overflowX) || element.matches(TABLE_PARTS);
      if (!moves || !element.checkVisibility()) continue;
      found.add(`scrolls sideways, ${element.scrollWidth} wide on ${element.clientWidth}: ${describe(element)}`);
    }
  }

  const isLeftOut = (element) =>
    element.closest('.unseen, .skip, svg, canvas, .u-over, .ant-table-measure-row, [aria-hidden=true]') !== null ||
    !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ||
    styleOf(element).clipPath !== 'none';

  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || element === null || isLeftOut(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      // The box of a line is higher than what is written in it.
      const air = rect.height * 0.2;
      const box = { left: rect.left, right: rect.right, top: rect.top + air, bottom: rect.bottom - air };
      const { shown, cut } = seen(box, element);
      if (cut) {
        const hasDots = styleOf(cut.by).textOverflow === 'ellipsis';
        const isTold = cut.by.closest('[title]') !== null || cut.by.querySelector('[title]') !== null;
        if (!hasDots || !isTold) found.add(`cut off without ${hasDots ? 'a hint' : 'dots'}: ${describe(element)}`);
        // What stands first says what it is; the dots and the hint stand for what comes behind.
        else if (firstTextOf(cut.by) === node && cut.leftPx < Math.min(LEAST_SHOWN_PX, rect.width) - SLACK_PX) {
          found.add(`nothing left of: ${describe(element)}`);
        }
      }
      if (isEmpty(shown)) continue;
      if (shown.left < -1 || shown.right > innerWidth + 1) found.add(`outside the screen: ${describe(element)}`);
      boxes.push({ element, ...shown });
    }
  }
  for (const element of document.querySelectorAll(PRESSED)) {
    if (isLeftOut(element)) continue;
    // A link that goes on in the next line is two boxes, and what stands beside it there is on neither.
    for (const { left, right, top, bottom } of element.getClientRects()) {
      const { shown, cut } = seen({ left, right, top, bottom }, element.parentElement);
      if (isEmpty(shown)) continue;
      if (cut && styleOf(cut.by).textOverflow !== 'ellipsis') found.add(`cut off: ${describe(element)}`);
      if (shown.left < -1 || shown.right > innerWidth + 1) found.add(`outside the screen: ${describe(element)}`);
      boxes.push({ element, ...shown });
    }
  }

  // What hovers on purpose, a dialog or a card over the map, is looked at by itself.
  const layerOf = (element) =>
    element.closest(
      '.ant-modal-root, .ant-drawer, [data-testid=point-card], [data-testid=verdict-prompt], .ant-message',
    );
  // From above to below, so that what lies on a box stands directly behind it.
  boxes.sort((a, b) => a.top - b.top);
  for (const [index, a] of boxes.entries()) {
    for (let next = index + 1; next < boxes.length && boxes[next].top < a.bottom - SLACK_PX; next++) {
      const b = boxes[next];
      const both = intersection(a, b);
      if (both.right - both.left <= SLACK_PX || both.bottom - both.top <= SLACK_PX) continue;
      if (a.element === b.element || a.element.contains(b.element) || b.element.contains(a.element)) continue;
      if (layerOf(a.element) !== layerOf(b.element)) continue;
      // A combobox and the text shown in it are one control.
      if (
        a.element.closest('.ant-select, .ant-picker') !== null &&
        a.element.closest('.ant-select, .ant-picker') === b.element.closest('.ant-select, .ant-picker')
      )
        continue;
      found.add(`${describe(a.element)} and ${describe(b.element)} lie on each other`);
    }
  }
  return [...found];
})();
