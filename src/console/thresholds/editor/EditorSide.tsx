import { useQueryClient } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Segmented from 'antd/es/segmented';
import { useTranslation } from 'react-i18next';
import { AdvicePanel } from './AdvicePanel.tsx';
import { EditorChart } from './EditorChart.tsx';
import css from './editor.module.css';
import { PeriodChoice, PreviewPanel } from './PreviewPanel.tsx';
import type { EditorState } from './useEditorState.ts';
import { previewKey } from './usePreview.ts';

/** What the draft would have done, on the chart and in figures, and what history advises. */
export function EditorSide({ editor }: { editor: EditorState }) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const client = useQueryClient();
  const { point, base, draft, view, step, preview, hasProblems, mayAnalyse, metric, chosen, choose, showIncident } =
    editor;
  const { side, scope, period } = view;
  const rule = chosen ?? Object.keys(base.document.rules).find((id) => base.document.rules[id]?.levels) ?? null;
  const paused = !mayAnalyse
    ? t('user.needs', { role: t('user.role.operator') })
    : hasProblems
      ? t('editor.fixFirst')
      : null;
  return (
    <div className={`stack ${css.editorSide}`}>
      <EditorChart
        key={metric}
        metric={metric}
        present={base.document}
        preview={preview.data}
        scope={scope}
        period={period}
        zoomed={view.zoomed}
        onZoom={(zoomed) => step({ kind: 'zoom', zoomed })}
        onIncident={showIncident}
      />
      <section className="panel block">
        <div className="page-head">
          <Segmented<'preview' | 'advice'>
            value={side}
            options={[
              { value: 'preview', label: t('editor.preview') },
              { value: 'advice', label: t('editor.advice.title') },
            ]}
            onChange={(next) => step({ kind: 'side', side: next })}
          />
          <span className="push" />
          <PeriodChoice days={view.days} onDays={editor.choosePeriod} />
        </div>
        {side === 'preview' ? (
          <PreviewPanel
            preview={preview.data}
            error={hasProblems ? null : preview.error}
            isWorking={preview.isWorking}
            isCurrent={preview.isCurrent}
            paused={paused}
            rules={Object.keys(draft.rules)}
            scope={scope}
            onScope={(next) => step({ kind: 'scope', scope: next })}
            onRetry={() => void preview.refetch()}
            onCancel={() => void client.cancelQueries({ queryKey: previewKey(point.id) })}
            onIncident={showIncident}
          />
        ) : (
          <AdvicePanel
            rule={rule}
            inForce={rule === null ? undefined : base.document.rules[rule]}
            revision={base.revision}
            period={period}
            onUsed={() => {
              if (rule !== null) choose(rule);
              message.info(t('editor.advice.filled'));
            }}
          />
        )}
      </section>
    </div>
  );
}
