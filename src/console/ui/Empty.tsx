/** What stands where there is nothing to list: what that means, and what would change it. */
export function Empty({ title, detail }: { title: string; detail?: string }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {detail !== undefined && <span>{detail}</span>}
    </div>
  );
}
