// UTF-8 in pieces that cut no character.
import { joined } from "../core/bytes.ts";

const NOTHING = new Uint8Array(0);

/**
 * Keeps the beginning of a character until its end has come.
 *
 * xterm.js does so too, but takes a continuation byte of 0x80 for one that is missing (Utf8ToUtf32.decode in 6.0), and so
 * loses "…", dashes, quotation marks and joined emoji whose first two bytes end a write.
 */
export class WholeCharacters {
  #begun: Uint8Array = NOTHING;

  /** What can be shown of all that came so far, and was not given out yet. */
  push(data: Uint8Array): Uint8Array {
    const whole = this.#begun.length === 0 ? data : joined(this.#begun, data);
    const end = whole.length - begun(whole);
    this.#begun = whole.slice(end);
    return whole.subarray(0, end);
  }

  /** Forgets the beginning of a character. */
  clear(): void {
    this.#begun = NOTHING;
  }
}

/** How many bytes at the end begin a character that goes on (RFC 3629, section 3). */
function begun(data: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, data.length); back++) {
    const byte = data[data.length - back]!;
    if (byte >> 6 === 0b10) continue;
    const length = byte >> 5 === 0b110 ? 2 : byte >> 4 === 0b1110 ? 3 : byte >> 3 === 0b11110 ? 4 : 1;
    return length > back ? back : 0;
  }
  return 0;
}
