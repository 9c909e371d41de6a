// When a key was sent, when its echo arrived, when that was on the screen: the figures that users feel.

export interface Keystroke {
  /** performance.now() of each; 0 while it has not happened. */
  sent: number;
  echoed: number;
  painted: number;
}

const KEPT = 1000;

export class Keystrokes {
  readonly entries: Keystroke[] = [];
  /** Entries from here on have no echo yet. */
  #silent = 0;
  /** Entries from here on are not painted yet. */
  #unpainted = 0;
  #parsed = 0;

  sent(): void {
    this.entries.push({ sent: performance.now(), echoed: 0, painted: 0 });
    if (this.entries.length > KEPT) {
      this.entries.shift();
      this.#silent = Math.max(0, this.#silent - 1);
      this.#unpainted = Math.max(0, this.#unpainted - 1);
      this.#parsed = Math.max(0, this.#parsed - 1);
    }
  }

  /** OUTPUT has arrived. */
  output(): void {
    if (this.#silent === this.entries.length) return;
    const now = performance.now();
    for (; this.#silent < this.entries.length; this.#silent++) this.entries[this.#silent]!.echoed = now;
  }

  /** What has arrived is parsed. */
  parsed(): void {
    this.#parsed = this.#silent;
  }

  /** What is parsed is on the screen. */
  painted(): void {
    if (this.#unpainted >= this.#parsed) return;
    const now = performance.now();
    for (; this.#unpainted < this.#parsed; this.#unpainted++) this.entries[this.#unpainted]!.painted = now;
  }
}
