/**
 * What the levels of the shipped templates and of the sample site are called locally, in English. A label is what a
 * document says and is kept as it is written; one that a site has made up itself is shown so in every language.
 */
const IN_ENGLISH: Readonly<Record<string, string>> = {
  一级报警: 'Stage 1 alarm',
  二级报警: 'Stage 2 alarm',
  报警: 'Alarm',
  火警: 'Fire alarm',
  欠氧或过氧报警: 'Oxygen low or high',
  封闭道路: 'Close the road',
  警戒线: 'Warning line',
  警戒水位: 'Warning stage',
  保证水位: 'Guaranteed stage',
  低液位: 'Low level',
  低低液位: 'Low-low level',
  轻度: 'Light',
  中度: 'Medium',
  重度: 'Heavy',
  'C 区': 'Zone C',
  'D 区': 'Zone D',
  匀速变形: 'Steady creep',
  初加速: 'Initial acceleration',
  中加速: 'Medium acceleration',
  临滑: 'Imminent slide',
  烈度V: 'Intensity V',
  烈度VI: 'Intensity VI',
  烈度VII: 'Intensity VII',
  烈度VIII: 'Intensity VIII',
};

/** The local name of a level for somebody who reads the console in `language`. */
export function levelLabel(label: string, language: string): string {
  return language === 'en' ? (IN_ENGLISH[label] ?? label) : label;
}
