import type { Name, NameText } from './names.ts';

/** Falls back from one language to the other and at last to the id. */
export function resolveName(name: NameText | undefined, id: string): Name {
  if (typeof name === 'string') return { zh: name, en: name };
  return { zh: name?.zh ?? name?.en ?? id, en: name?.en ?? name?.zh ?? id };
}

/** Whether both say the same, where one may say it in fewer languages. */
export function isSameWords(one: NameText, other: NameText): boolean {
  const [a, b] = [resolveName(one, ''), resolveName(other, '')];
  return typeof one === 'string' || typeof other === 'string'
    ? a.zh === b.zh || a.en === b.en
    : a.zh === b.zh && a.en === b.en;
}
