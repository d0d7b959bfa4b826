import { type RefObject, useLayoutEffect } from 'react';

const VARIABLE = '--below-bar';
const GAP_PX = 8;

/** Where passing words begin, as CSS: no such word covers the banner of an interruption, or the bar. */
export const BELOW_BAR = `var(${VARIABLE}, 60px)`;

/** Keeps that place below an element, however many banners stand there and however many lines they take. */
export function useBelowBar(element: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return;
    const { style } = document.documentElement;
    const measure = () => style.setProperty(VARIABLE, `${target.getBoundingClientRect().bottom + GAP_PX}px`);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => {
      observer.disconnect();
      style.removeProperty(VARIABLE);
    };
  }, [element]);
}
