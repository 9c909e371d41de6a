// How long is waited for what is on its way: time in which the page could have taken it, and did not get it.

/** ms for which nothing is drawn at most: history that takes longer is better seen on its way than not at all. */
export const PATIENCE = 3000;
const PIECES = 60;

/** Calls `tired` after `PATIENCE`, in which a page that is busy, as one that loads, gets older by a piece only. */
export function patiently(tired: () => void): () => void {
  let left = PIECES;
  const timer = setInterval(() => {
    if (--left > 0) return;
    clearInterval(timer);
    tired();
  }, PATIENCE / PIECES);
  return () => clearInterval(timer);
}
