import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../i18n/i18n.tsx';
import { useTheme } from '../theme/theme.tsx';

export function LanguageButton() {
  const { t } = useTranslation();
  const { language, setLanguage } = useLanguage();
  const other = language === 'zh' ? 'en' : 'zh';
  return (
    <Button
      type="text"
      size="small"
      lang={other === 'zh' ? 'zh-CN' : 'en'}
      title={t('setting.languageTitle')}
      onClick={() => setLanguage(other)}
    >
      {t('setting.language')}
    </Button>
  );
}

export function ThemeButton() {
  const { t } = useTranslation();
  const { name, setName } = useTheme();
  return (
    <Button
      type="text"
      size="small"
      title={t('setting.themeTitle')}
      onClick={() => setName(name === 'dark' ? 'light' : 'dark')}
    >
      {t(name === 'dark' ? 'setting.light' : 'setting.dark')}
    </Button>
  );
}
