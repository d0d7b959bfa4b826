import type { Locale } from 'antd/es/locale';
import enUS from 'antd/es/locale/en_US';
import zhCN from 'antd/es/locale/zh_CN';
import i18next from 'i18next';
import { useCallback, useEffect } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { NameText } from '../../model/names.ts';
import { resolveName } from '../../model/resolve-name.ts';
import { readPreference, usePreference } from '../ui/preferences.ts';
import { en } from './en.ts';
import { type Messages, zh } from './zh.ts';

export type Language = 'zh' | 'en';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: Messages };
  }
}

/** Chinese unless this screen was switched; the browser's own language says little in a control room. */
export function startTranslation(): void {
  void i18next.use(initReactI18next).init({
    lng: readPreference<Language>('language', 'zh'),
    fallbackLng: 'zh',
    resources: { zh: { translation: zh }, en: { translation: en } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
}

const ANTD_LOCALES: Readonly<Record<Language, Locale>> = { zh: zhCN, en: enUS };

export function useLanguage(): {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly antdLocale: Locale;
} {
  const { i18n } = useTranslation();
  const [language, setLanguage] = usePreference<Language>('language', 'zh');
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    if (i18n.language !== language) void i18n.changeLanguage(language);
  }, [i18n, language]);
  return { language, setLanguage, antdLocale: ANTD_LOCALES[language] ?? zhCN };
}

/** Picks the words of the chosen language; what is given in one alone is shown to everybody. */
export function useNameText(): (name: NameText) => string {
  const { i18n } = useTranslation();
  const language = i18n.language === 'en' ? 'en' : 'zh';
  return useCallback((name: NameText) => resolveName(name, '')[language], [language]);
}
