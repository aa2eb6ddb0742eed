/** Which rows of a long table are drawn: those in view and a few around them. */

/** Rows from `from` up to, not with, `to`, and the room in pixels that stands for the others. */
export interface RowWindow {
  from: number;
  to: number;
  above: number;
  below: number;
}

/** How many rows are drawn beyond what is in view, so that scrolling shows no gaps. */
const SPARE = 8;

/** The window for a scroll position and height in pixels over rows of one height. */
export function rowWindow(scrolled: number, height: number, rowHeight: number, count: number): RowWindow {
  const first = Math.floor(Math.max(0, scrolled) / rowHeight);
  // A list that has grown shorter may be scrolled beyond its end.
  const from = Math.max(0, Math.min(first, count - Math.ceil(height / rowHeight)) - SPARE);
  const to = Math.min(count, first + Math.ceil(height / rowHeight) + SPARE);
  const end = Math.max(from, to);
  return { from, to: end, above: from * rowHeight, below: (count - end) * rowHeight };
}

/** How far to scroll so that a row is in view; where it is already, nothing moves. */
export function scrollTo(index: number, scrolled: number, height: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrolled) return top;
  return top + rowHeight > scrolled + height ? top + rowHeight - height : scrolled;
}

/** The row that a key leads to from another; undefined where the key leads nowhere. */
export function rowByKey(key: string, at: number, count: number, page: number): number | undefined {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: count - 1 }[key];
  return to === undefined || count === 0 ? undefined : Math.max(0, Math.min(count - 1, to));
}
