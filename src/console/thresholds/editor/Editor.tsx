import type { Point } from '../../api/types.ts';
import { LeaveGuard } from '../../ui/LeaveGuard.tsx';
import type { PresentThresholds } from '../present-thresholds.ts';
import { EditorContext } from './context.tsx';
import { EditorDialogs } from './EditorDialogs.tsx';
import { EditorForm } from './EditorForm.tsx';
import { EditorHead } from './EditorHead.tsx';
import { EditorSide } from './EditorSide.tsx';
import css from './editor.module.css';
import { useEditorState } from './useEditorState.ts';
import { Waiting } from './Waiting.tsx';

/** A point's thresholds in fields, on the chart and as text, with what they would have done and what history advises. */
export function Editor({ point, present }: { point: Point; present: PresentThresholds }) {
  const editor = useEditorState(point, present);
  return (
    <EditorContext value={editor.value}>
      <div className={`page ${css.editorPage}`} data-testid="editor-page">
        <EditorHead editor={editor} />
        <Waiting point={point} />
        <div className={css.editorGrid}>
          <EditorForm editor={editor} />
          <EditorSide editor={editor} />
        </div>
      </div>
      <LeaveGuard isDirty={editor.isDirty} />
      <EditorDialogs editor={editor} />
    </EditorContext>
  );
}
