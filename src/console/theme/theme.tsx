import ConfigProvider from 'antd/es/config-provider';
import type { Locale } from 'antd/es/locale';
import antdTheme from 'antd/es/theme';
import { createContext, type ReactNode, use, useLayoutEffect, useMemo, useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';
import { usePreference } from '../ui/preferences.ts';
import { cssVariables, FONT_STACK, PALETTES, type Palette, type ThemeName } from './tokens.ts';

interface ThemeValue {
  readonly name: ThemeName;
  readonly palette: Palette;
  readonly setName: (name: ThemeName) => void;
}

const ThemeContext = createContext<ThemeValue | null>(null);

export function useTheme(): ThemeValue {
  const value = use(ThemeContext);
  if (value === null) throw new Error('useTheme needs a ThemeProvider above it');
  return value;
}

function antdTokens(palette: Palette) {
  return {
    colorPrimary: palette.action,
    colorInfo: palette.action,
    colorLink: palette.text,
    colorTextLightSolid: palette.actionText,
    colorBgBase: palette.raised,
    colorTextBase: palette.text,
    colorText: palette.text,
    colorTextSecondary: palette.textSoft,
    colorTextTertiary: palette.textFaint,
    colorTextDescription: palette.textFaint,
    colorTextPlaceholder: palette.textFaint,
    colorBgContainer: palette.raised,
    colorBgElevated: palette.raised,
    colorBorder: palette.lineStrong,
    colorBorderSecondary: palette.line,
    colorSplit: palette.line,
    colorError: palette.level.red.fill,
    colorWarning: palette.level.orange.fill,
    // Success is the normal state, and the normal state has no colour.
    colorSuccess: palette.textSoft,
    fontFamily: FONT_STACK,
    fontSize: 14,
    borderRadius: 3,
    wireframe: false,
    motion: false,
  };
}

const print = matchMedia('print');
const isPrinting = () => print.matches;

function whenPrinting(listener: () => void): () => void {
  // Paper is drawn as soon as the listener returns, so everything must be in its place by then.
  const now = () => flushSync(listener);
  print.addEventListener('change', now);
  return () => print.removeEventListener('change', now);
}

/** Light by day, dark by night, and light on paper: a choice of the person, remembered in the browser. */
export function ThemeProvider({ locale, children }: { locale: Locale; children: ReactNode }) {
  const [chosen, setName] = usePreference<ThemeName>('theme', 'light');
  const printing = useSyncExternalStore(whenPrinting, isPrinting);
  const name = printing ? 'light' : chosen;
  const palette = PALETTES[name] ?? PALETTES.light;

  useLayoutEffect(() => {
    const root = document.documentElement;
    root.dataset.theme = name;
    root.style.colorScheme = name;
    for (const [variable, value] of Object.entries(cssVariables(palette))) root.style.setProperty(variable, value);
  }, [name, palette]);

  const value = useMemo(() => ({ name, palette, setName }), [name, palette, setName]);
  const theme = useMemo(
    () => ({
      algorithm: name === 'dark' ? antdTheme.darkAlgorithm : antdTheme.defaultAlgorithm,
      token: antdTokens(palette),
      components: {
        Table: {
          headerBg: palette.panel,
          headerColor: palette.textSoft,
          rowHoverBg: palette.panel,
          rowSelectedBg: palette.panel,
          rowSelectedHoverBg: palette.line,
          cellPaddingBlockSM: 6,
          cellPaddingInlineSM: 10,
        },
        Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', defaultBg: palette.raised },
        Segmented: {
          trackBg: palette.line,
          itemColor: palette.textSoft,
          itemSelectedBg: name === 'dark' ? palette.mapLine : palette.raised,
          itemSelectedColor: palette.text,
        },
        Tooltip: { colorBgSpotlight: palette.text, colorTextLightSolid: palette.raised },
      },
    }),
    [name, palette],
  );

  return (
    <ThemeContext value={value}>
      <ConfigProvider locale={locale} theme={theme} button={{ autoInsertSpace: false }} wave={{ disabled: true }}>
        {children}
      </ConfigProvider>
    </ThemeContext>
  );
}
