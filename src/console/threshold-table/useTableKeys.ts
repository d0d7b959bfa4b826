import { useEffect, useRef } from 'react';

/** The keys of every editor: undo, redo and save. */
export function useTableKeys({ undo, redo, save }: { undo: () => void; redo: () => void; save: () => void }) {
  const latest = useRef({ undo, redo, save });
  latest.current = { undo, redo, save };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      // A text field takes back its own typing.
      const inField =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, [role=dialog]') !== null;
      const key = event.key.toLowerCase();
      if (key === 's') latest.current.save();
      else if (inField) return;
      else if (key === 'z' && !event.shiftKey) latest.current.undo();
      else if (key === 'y' || (key === 'z' && event.shiftKey)) latest.current.redo();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
