// PING and PONG: the round trip that is shown, and the sign that a connection is dead though nobody closed it.
import type { Clock } from "./clock.ts";

/** ms between two PINGs, and how long a PONG may take. */
export const PING_EVERY = 5000;
export const PONG_WITHIN = 10_000;
/** ms for it where somebody comes back to the page, or the machine has slept: then the connection often is dead. */
export const PONG_SOON = 4000;
/** ms that must be missing between two beats for a sleep. */
const SLEPT = 5000;

export class Pulse {
  readonly #clock: Clock;
  readonly #events: { ping(sequence: number): void; measured(): void; silent(): void };
  #running = false;
  #visible = true;
  #sequence = 0;
  #sentAt: number | null = null;
  #nextAt = 0;
  #cancel = () => {};
  #roundTrip: number | null = null;

  constructor(clock: Clock, events: { ping(sequence: number): void; measured(): void; silent(): void }) {
    this.#clock = clock;
    this.#events = events;
  }

  get roundTrip(): number | null {
    return this.#roundTrip;
  }

  start(): void {
    this.#running = true;
    this.#roundTrip = null;
    this.#ping();
  }

  stop(): void {
    this.#running = false;
    this.#pause();
  }

  /** Said again of a page that is looked at, it asks whether the connection lives. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible) this.#ping(PONG_SOON);
    else this.#pause();
  }

  pong(sequence: number): void {
    if (sequence !== this.#sequence || this.#sentAt === null) return;
    this.#roundTrip = this.#clock.now() - this.#sentAt;
    this.#sentAt = null;
    this.#cancel();
    this.#nextAt = this.#clock.wall() + PING_EVERY;
    this.#cancel = this.#clock.after(PING_EVERY, () => this.#ping(this.#clock.wall() - this.#nextAt > SLEPT ? PONG_SOON : PONG_WITHIN));
    this.#events.measured();
  }

  #pause(): void {
    this.#cancel();
    this.#sentAt = null;
  }

  #ping(within = PONG_WITHIN): void {
    if (!this.#running || !this.#visible) return;
    this.#cancel();
    this.#sentAt = this.#clock.now();
    this.#cancel = this.#clock.after(within, () => this.#events.silent());
    this.#events.ping(++this.#sequence);
  }
}
