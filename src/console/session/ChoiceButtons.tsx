import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../i18n/i18n.tsx';
import { useTheme } from '../theme/theme.tsx';

interface Choice {
  readonly text: string;
  readonly lang?: string;
  readonly title: string;
  readonly choose: () => void;
}

/** The other language, and the other theme. */
export function useChoices(): { readonly language: Choice; readonly theme: Choice } {
  const { t } = useTranslation();
  const { language, setLanguage } = useLanguage();
  const { name, setName } = useTheme();
  const other = language === 'zh' ? 'en' : 'zh';
  return {
    language: {
      text: t('setting.language'),
      lang: other === 'zh' ? 'zh-CN' : 'en',
      title: t('setting.languageTitle'),
      choose: () => setLanguage(other),
    },
    theme: {
      text: t(name === 'dark' ? 'setting.light' : 'setting.dark'),
      title: t('setting.themeTitle'),
      choose: () => setName(name === 'dark' ? 'light' : 'dark'),
    },
  };
}

export function ChoiceButtons() {
  const { language, theme } = useChoices();
  return [language, theme].map(({ text, lang, title, choose }) => (
    <Button key={title} type="text" size="small" lang={lang} title={title} onClick={choose}>
      {text}
    </Button>
  ));
}
