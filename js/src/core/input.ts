// What was typed, on its way to the program: numbered, limited under way, kept until it has arrived.

/** Bytes of one INPUT at most; a paste is cut into these. */
export const INPUT_SIZE = 16 * 1024;
/** Bytes of INPUT under way at most; the rest waits here. */
export const INPUT_WINDOW = 64 * 1024;

interface Input {
  data: Uint8Array;
  /** Belongs to one press of a key or one paste, for counting. */
  gesture: number;
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
    return first === undefined ? 0 : this.#gestures - first.gesture + 1;
  }

  push(data: Uint8Array): void {
    if (data.length === 0) return;
    const gesture = ++this.#gestures;
    for (let at = 0; at < data.length; at += INPUT_SIZE)
      this.#inputs.push({ data: data.subarray(at, at + INPUT_SIZE), gesture });
  }

  /** What may go now, in order; it counts as under way from here on. */
  take(): NumberedInput[] {
    const ready: NumberedInput[] = [];
    for (;;) {
      const next = this.#inputs[this.#sent - this.#taken];
      if (next === undefined || (this.#underWay > 0 && this.#underWay + next.data.length > INPUT_WINDOW)) return ready;
      this.#underWay += next.data.length;
      ready.push({ number: ++this.#sent, data: next.data });
    }
  }

  /** INPUT_ACK: the program's terminal has everything up to `number`. */
  arrived(number: number): void {
    const upTo = Math.min(number, this.#sent);
    while (this.#taken < upTo) {
      this.#underWay -= this.#inputs.shift()!.data.length;
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
}
