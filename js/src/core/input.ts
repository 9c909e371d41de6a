// What was typed, on its way to the program: numbered, limited under way, kept until it has arrived.

/** Bytes of one INPUT at most; a paste is cut into these. */
export const INPUT_SIZE = 16 * 1024;
/** Bytes of INPUT under way at most; the rest waits here. */
export const INPUT_WINDOW = 64 * 1024;
/** Bytes beyond it that keys may take: one that interrupts must reach the engine when a program takes nothing. */
export const KEYS_BEYOND = 4 * 1024;
/** Bytes of a key at most; a bracketed paste's end is one, too. */
const KEY = 16;
const INTERRUPT = 0x03;

/** How a program is told where a paste ends (xterm's control sequences, "Bracketed Paste Mode"). */
const OPENING = [...new TextEncoder().encode("\x1b[200~")];
const CLOSING = new TextEncoder().encode("\x1b[201~");

/** One press of a key or one paste. Counts bytes. */
interface Gesture {
  number: number;
  total: number;
  /** Not arrived yet. */
  left: number;
  /** Too much to go at once, and not cancelled. */
  long: boolean;
  bracketed: boolean;
}
interface Input {
  data: Uint8Array;
  gesture: Gesture;
}
/** Bytes of a paste that have arrived, and all of them. */
export interface PasteProgress {
  arrived: number;
  total: number;
}
export interface NumberedInput {
  number: number;
  data: Uint8Array;
}

/** Inputs of one attachment. Everything below `taken` has arrived, up to `sent` is under way, the rest waits. */
export class InputQueue {
  #inputs: Input[] = [];
  #taken = 0;
  #sent = 0;
  #underWay = 0;
  #gestures = 0;

  /** Presses and pastes that have not arrived yet. */
  get waiting(): number {
    const first = this.#inputs[0];
    return first === undefined ? 0 : this.#gestures - first.gesture.number + 1;
  }

  /** The first paste that is too long to go at once, and how far it has come. */
  get paste(): PasteProgress | null {
    const gesture = this.#long();
    return gesture === undefined ? null : { arrived: gesture.total - gesture.left, total: gesture.total };
  }

  /** Takes `data` in. Ctrl-C cancels the pastes before it, as it makes a terminal forget what was typed. */
  push(data: Uint8Array): void {
    if (data.length === 0) return;
    if (data.length === 1 && data[0] === INTERRUPT) while (this.paste !== null) this.cancelPaste();
    const total = data.length;
    const bracketed = OPENING.every((byte, at) => data[at] === byte);
    const gesture: Gesture = { number: ++this.#gestures, total, left: total, long: total > INPUT_WINDOW, bracketed };
    for (let at = 0; at < total; ) {
      const end = boundary(data, at + INPUT_SIZE);
      this.#inputs.push({ data: data.subarray(at, end), gesture });
      at = end;
    }
  }

  /** An input of no bytes: what the program gets is nothing, what the engine learns is that somebody is here. */
  touch(): void {
    const gesture: Gesture = { number: ++this.#gestures, total: 0, left: 0, long: false, bracketed: false };
    this.#inputs.push({ data: new Uint8Array(0), gesture });
  }

  /** Drops what has not been sent of the paste that `paste` tells of. */
  cancelPaste(): void {
    const gesture = this.#long();
    if (gesture === undefined) return;
    gesture.long = false;
    const kept = this.#inputs.slice(0, this.#sent - this.#taken);
    const waiting = this.#inputs.slice(kept.length);
    const dropped = waiting.filter((input) => input.gesture === gesture).reduce((sum, { data }) => sum + data.length, 0);
    const rest = waiting.filter((input) => input.gesture !== gesture);
    gesture.left -= dropped;
    // A program that never hears the end of a paste takes what is typed next for a part of it.
    const open = gesture.bracketed && dropped > 0 && dropped < gesture.total;
    if (open) gesture.left += CLOSING.length;
    this.#inputs = [...kept, ...(open ? [{ data: CLOSING, gesture }] : []), ...rest];
  }

  /** What may go now, in order; it counts as under way from here on. */
  take(): NumberedInput[] {
    const ready: NumberedInput[] = [];
    for (;;) {
      const next = this.#inputs[this.#sent - this.#taken];
      if (next === undefined) return ready;
      const window = next.data.length <= KEY ? INPUT_WINDOW + KEYS_BEYOND : INPUT_WINDOW;
      if (this.#underWay > 0 && this.#underWay + next.data.length > window) return ready;
      this.#underWay += next.data.length;
      ready.push({ number: ++this.#sent, data: next.data });
    }
  }

  /** INPUT_ACK: the program's terminal has everything up to `number`. */
  arrived(number: number): void {
    const upTo = Math.min(number, this.#sent);
    while (this.#taken < upTo) {
      const { data, gesture } = this.#inputs.shift()!;
      this.#underWay -= data.length;
      gesture.left -= data.length;
      this.#taken++;
    }
  }

  /** HELLO: the engine has seen inputs up to `seen`; everything after it goes again, in order. */
  resume(seen: number): void {
    this.arrived(seen);
    // An engine that has forgotten this attachment counts from its own number; what it once took must not go again.
    this.#taken = seen;
    this.#sent = seen;
    this.#underWay = 0;
  }

  /** Forgets what has not arrived, for a terminal that takes no input any more. */
  clear(): void {
    this.#inputs = [];
    this.#sent = this.#taken;
    this.#underWay = 0;
  }

  #long(): Gesture | undefined {
    return this.#inputs.find(({ gesture }) => gesture.long)?.gesture;
  }
}

/** The last place up to `at` where no character of UTF-8 is cut, so that a paste can end there. */
function boundary(data: Uint8Array, at: number): number {
  let end = Math.min(at, data.length);
  for (let back = 0; back < 3 && (data[end] ?? 0) >> 6 === 0b10; back++) end--;
  return end;
}
