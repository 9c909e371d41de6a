// Questions that wait for their answers.
import type { Clock } from "./clock.ts";

type Result = Record<string, unknown>;
interface Waiting {
  resolve(result: Result): void;
  reject(error: Error): void;
  cancel(): void;
}

/** ms for an answer. */
const ANSWER_WITHIN = 30_000;
export const NO_ANSWER = "The server does not answer.";

export class Calls {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends it with a number; rejects in the other's words, or after 30 s. */
  ask(send: (id: number) => void): Promise<Result> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(ANSWER_WITHIN, () => this.#take(id)?.reject(new Error(NO_ANSWER)));
      this.#waiting.set(id, { resolve, reject, cancel });
      send(id);
    });
  }

  answered({ id, result, error }: Result): void {
    const one = this.#take(id as number);
    if (error === undefined) one?.resolve((result ?? {}) as Result);
    else one?.reject(new Error(String((error as { message?: unknown } | null)?.message ?? "It failed.")));
  }

  /** No answer will come any more. */
  drop(): void {
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(new Error("The connection was lost."));
  }

  #take(id: number): Waiting | undefined {
    const one = this.#waiting.get(id);
    this.#waiting.delete(id);
    one?.cancel();
    return one;
  }
}
