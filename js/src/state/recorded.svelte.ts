// Whether a terminal is recorded into a file, as its model and its events tell.
import type { Hello, RecordingModel, TerminalEvent } from "../protocol/terminal.ts";

export class Recorded {
  /** The recording that goes on, or has failed. */
  model = $state.raw<RecordingModel | null>(null);
  readonly on = $derived(this.model !== null && this.model.error === null);
  readonly title = $derived(
    this.model === null ? "" : `Recorded into ${this.model.path}, ${this.model.input ? "with what is typed" : "without what is typed"}`,
  );
  #head = 0;

  forget(): void {
    this.model = null;
    this.#head = 0;
  }

  greeted(hello: Hello): void {
    this.model = hello.recording ?? null;
    this.#head = hello.offset;
  }

  /** What happened at an output offset; why a recording has failed, if that is it. */
  event(event: TerminalEvent, offset: number): string | null {
    // What lies before HELLO's offset is history, of which HELLO itself has told how it went on.
    if (event.kind !== "recording" || offset < this.#head) return null;
    const before = this.model?.error ?? null;
    this.model = (event["recording"] as RecordingModel | null | undefined) ?? null;
    const error = this.model?.error ?? null;
    return error === before ? null : error;
  }
}
