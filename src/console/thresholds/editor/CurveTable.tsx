import Button from 'antd/es/button';
import InputNumber from 'antd/es/input-number';
import { useTranslation } from 'react-i18next';
import { useEditor } from './context.tsx';
import { getAt, type Path } from './draft.ts';
import css from './editor.module.css';
import { Field } from './Field.tsx';
import { MetricField } from './inputs.tsx';

const POINTS_MAX = 64;

/** A limit that depends on a second metric: its points, straight lines between them. */
export function CurveTable({ path, unit }: { path: Path; unit: string }) {
  const { t } = useTranslation();
  const { draft, set, point, readOnly } = useEditor();
  const over = getAt(draft, [...path, 'over']);
  const overUnit = typeof over === 'string' ? (point.metrics[over]?.unit ?? '') : '';
  const points = getAt<readonly (readonly (number | null)[])[]>(draft, [...path, 'points']) ?? [];
  const pointsPath = [...path, 'points'];
  return (
    <>
      <MetricField path={[...path, 'over']} label={t('editor.key.over')} types={['number']} />
      <Field path={pointsPath} label={t('editor.key.points')} deep wide>
        {(tied) => (
          <table className={css.curveTable} id={tied.id} aria-describedby={tied['aria-describedby']}>
            <thead>
              <tr>
                <th scope="col">{[typeof over === 'string' ? over : t('editor.key.over'), overUnit].join(' ')}</th>
                <th scope="col">{t('editor.curveLimit', { unit })}</th>
                <th aria-label={t('action.remove')} />
              </tr>
            </thead>
            <tbody>
              {points.map((pair, row) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a point of a curve is its place in the list
                <tr key={row}>
                  {[0, 1].map((column) => (
                    <td key={column}>
                      <InputNumber<number>
                        aria-label={t(column === 0 ? 'editor.curveX' : 'editor.curveY', { n: row + 1 })}
                        controls={false}
                        disabled={readOnly}
                        status={tied.status}
                        value={pair[column] ?? null}
                        onChange={(next) => set([...pointsPath, row, column], next)}
                      />
                    </td>
                  ))}
                  <td>
                    {!readOnly && points.length > 1 && (
                      <Button
                        size="small"
                        type="text"
                        aria-label={t('editor.removePart', { n: row + 1 })}
                        onClick={() => set([...pointsPath, row], undefined)}
                      >
                        ×
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
            {!readOnly && (
              <tfoot>
                <tr>
                  <td colSpan={3}>
                    <Button
                      size="small"
                      disabled={points.length >= POINTS_MAX}
                      onClick={() => set([...pointsPath, points.length], [null, null])}
                    >
                      {t('editor.addPoint')}
                    </Button>
                  </td>
                </tr>
              </tfoot>
            )}
          </table>
        )}
      </Field>
    </>
  );
}
