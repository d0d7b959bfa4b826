import Button from 'antd/es/button';
import Dropdown from 'antd/es/dropdown';
import { useTranslation } from 'react-i18next';
import { addressOf } from '../api/client.ts';
import { RANGES, type RangeName } from '../chart/ranges.ts';
import { useLive } from '../live/context.tsx';

/** Which readings: as the call takes it. */
export interface ReadingsSelection {
  readonly points?: string | undefined;
  readonly area?: string | null | undefined;
  readonly family?: string | null | undefined;
  readonly metric?: string | undefined;
}

interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

const FORMATS = ['csv', 'parquet'] as const;

function hrefOf(selection: ReadingsSelection, { fromMs, toMs }: Period, format: (typeof FORMATS)[number]): string {
  // Excel needs the byte order mark, which other programs do not mind; and people compare with the screen's clock.
  const csv = format === 'csv' ? { bom: true, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone } : {};
  return addressOf('GET /readings/export', {
    query: { ...selection, from: Math.floor(fromMs), to: Math.ceil(toMs), format, ...csv },
  });
}

/** The readings that a chart shows, as a file. */
export function ExportShown({ selection, period }: { selection: ReadingsSelection; period: Period }) {
  const { t } = useTranslation();
  const items = FORMATS.map((format) => ({
    key: format,
    label: (
      <a href={hrefOf(selection, period, format)} download>
        {t(`readingFiles.${format}`)}
      </a>
    ),
  }));
  return (
    <Dropdown trigger={['click']} menu={{ items }}>
      <Button size="small">{t('readingFiles.export')}</Button>
    </Dropdown>
  );
}

/** As a link that is clicked: when the server refuses, the browser tells of a failed file and the page stays. */
function save(href: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = '';
  link.click();
}

const SPANS = ['24h', '7d', '30d'] as const satisfies readonly RangeName[];

/** The readings of many points until now, as a file. `too-many`: more than can be named in one call. */
export function ExportUntilNow({ selection }: { selection: ReadingsSelection | 'none' | 'too-many' }) {
  const { t } = useTranslation();
  const live = useLive();
  if (typeof selection === 'string') {
    return (
      <Button disabled title={selection === 'none' ? undefined : t('readingFiles.tooMany')}>
        {t('readingFiles.export')}
      </Button>
    );
  }
  const items = SPANS.flatMap((range) =>
    FORMATS.map((format) => ({
      key: `${range} ${format}`,
      range,
      format,
      label: t(`readingFiles.${format}Of`, { range: t(`chart.range.${range}`) }),
    })),
  );
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: items.map(({ key, label }) => ({ key, label })),
        // The end of the period is the moment of the click.
        onClick({ key }) {
          const chosen = items.find((item) => item.key === key);
          if (chosen === undefined) return;
          const toMs = live.serverNowMs();
          save(hrefOf(selection, { fromMs: toMs - RANGES[chosen.range], toMs }, chosen.format));
        },
      }}
    >
      <Button>{t('readingFiles.export')}</Button>
    </Dropdown>
  );
}
