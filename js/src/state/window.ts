// Which rows of a long list have to be there: those that are seen, and a few around them.

export interface Slice {
  first: number;
  end: number;
  /** px that the rows before and after would take. */
  before: number;
  after: number;
}

/** All in px; every row is `row` high. */
export function sliceOf(total: number, row: number, scrolled: number, height: number, around = 6): Slice {
  const last = Math.max(0, total * row - height);
  const top = Math.min(Math.max(0, scrolled), last);
  const first = Math.max(0, Math.floor(top / row) - around);
  const end = Math.min(total, Math.ceil((top + height) / row) + around);
  return { first, end, before: first * row, after: (total - end) * row };
}
