// Bytes of output: as characters, and put together.

const latin = new TextDecoder("latin1");

/** A character for each byte, so that places in the text are those in the bytes; browsers look for many at once in it. */
export const characters = (data: Uint8Array): string => latin.decode(data);

export function joined(...pieces: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
