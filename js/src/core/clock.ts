// Time as the core sees it, so that tests can turn the hands.

export interface Clock {
  /** Milliseconds that only grow. */
  now(): number;
  /** Milliseconds of the day's time, which goes on while a machine sleeps, and may be set. */
  wall(): number;
  /** Microseconds since the Unix epoch, as the protocol's timestamps. */
  epoch(): number;
  /** Calls once after `delay` ms; the result cancels it. */
  after(delay: number, call: () => void): () => void;
  /** 0 to 1, for jitter. */
  random(): number;
}

export const clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  epoch: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  after: (delay, call) => {
    const timer = setTimeout(call, delay);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
