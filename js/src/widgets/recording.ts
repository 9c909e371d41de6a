// The widget "Recording": plays an asciicast, with seek and speed; asciinema's player does the work.
import playerCss from "asciinema-player/dist/bundle/asciinema-player.css?inline";
import { create, type Player } from "asciinema-player";
import { ownKeys } from "../ui/ownKeys.ts";
import { PALETTES, type Scheme } from "../ui/palette.ts";
import { watchScheme } from "../ui/scheme.ts";
import tokens from "../ui/tokens.css?inline";
import type { AnyModel, RenderContext } from "./anywidget.ts";
import { save } from "./saved.ts";

const SPEEDS = [0.5, 1, 2, 4, 8];
const NORMAL = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
const BRIGHT = ["brightBlack", "brightRed", "brightGreen", "brightYellow", "brightBlue", "brightMagenta", "brightCyan", "brightWhite"] as const;
const BAR =
  ".orchflow-recording-bar{display:flex;gap:8px;align-items:center;padding:3px 8px 3px 10px;border-bottom:1px solid var(--of-line)}" +
  ".orchflow-recording-bar span{flex:1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}" +
  ".orchflow-recording-bar select{font:inherit;color:inherit;background:var(--of-bg);border:1px solid var(--of-line);border-radius:4px}" +
  ".orchflow-recording-trouble{margin:0;padding:8px 10px;color:var(--of-err-ink)}.orchflow-recording-note{margin:0;padding:4px 10px;color:var(--of-ink2)}" +
  ".orchflow-recording-ground{background:var(--of-screen);overflow:auto hidden}" +
  // What is wider than its place is scrolled below the controls, which stay.
  ".orchflow-recording .ap-wrapper:not(:fullscreen) .ap-player{overflow:visible}" +
  ".orchflow-recording .ap-wrapper:not(:fullscreen) .ap-control-bar{position:sticky;margin-top:-2px;width:min(100%,100cqw)}" +
  ".orchflow-recording .ap-wrapper:not(:fullscreen) .ap-overlay{width:min(100%,100cqw)}" +
  // The list that it shows covers what is played, and is cut.
  ".orchflow-recording .ap-player .ap-control-bar .ap-kbd-button{display:none}" +
  ".orchflow-recording :is(select,.ap-player .ap-button,.ap-player .ap-term .ap-term-text):focus-visible{outline:2px solid var(--of-focus);outline-offset:-2px}" +
  ".orchflow-recording .ap-player .ap-term .ap-term-text:focus-visible{outline-offset:2px}" +
  ".orchflow-recording .ap-player{border-radius:0}.orchflow-recording .ap-wrapper{justify-content:flex-start}" +
  // The player's own button is white, and would not be seen on white.
  '.orchflow-recording[data-scheme="light"] .ap-play-button{filter:invert(0.65)}';
/** Pixels of a column at the largest and at the smallest, about those of fonts of 14 and of 10 px, and of the player's own frame. */
const COLUMN = 8.5;
const NARROW = 6;
const FRAME = 32;

/** The colours of our terminals, as asciinema's player takes them. */
export function themeCss(scheme: Scheme): string {
  const palette = PALETTES[scheme];
  const colours = [...NORMAL, ...BRIGHT].map((name, index) => `--term-color-${index}:${palette[name]};`);
  return `.asciinema-player-theme-orchflow-${scheme}{--term-color-foreground:${palette.foreground};--term-color-background:var(--of-stage,${palette.background});${colours.join("")}}`;
}

/** The speeds to choose from, the one that is played among them. */
export function offered(speed: number): number[] {
  return [...new Set([...SPEEDS, speed])].sort((a, b) => a - b);
}

/** A computed colour in the words that the player takes; empty where it is none without transparency. */
export function hexOf(colour: string): string {
  const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour);
  return found === null ? "" : `#${found.slice(1).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
}

/** The columns that the header names, in any version; null where it has none. */
export function columnsOf(cast: string): number | null {
  try {
    const line = cast.slice(0, cast.indexOf("\n") + 1) || cast;
    const head = JSON.parse(line) as { term?: { cols?: unknown }; width?: unknown };
    const cols = head.term?.cols ?? head.width;
    return typeof cols === "number" ? cols : null;
  } catch {
    return null;
  }
}

function dress(): void {
  if (document.getElementById("orchflow-recording-style") !== null) return;
  const style = document.createElement("style");
  style.id = "orchflow-recording-style";
  style.textContent = `${playerCss}\n${tokens}\n${BAR}${themeCss("light")}${themeCss("dark")}`;
  document.head.append(style);
}

function textOf(model: AnyModel): string {
  const data = model.get("data");
  return data instanceof DataView || data instanceof ArrayBuffer ? new TextDecoder().decode(data) : "";
}

export function render({ model, el }: RenderContext): () => void {
  dress();
  const host = document.createElement("div");
  host.className = "orchflow orchflow-recording";
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", `Recording ${String(model.get("path"))}`);
  ownKeys(host);
  const bar = document.createElement("div");
  bar.className = "orchflow-recording-bar";
  const name = document.createElement("span");
  name.textContent = name.title = String(model.get("path"));
  const speeds = document.createElement("select");
  speeds.setAttribute("aria-label", "Speed");
  const ground = document.createElement("div");
  ground.className = "orchflow-recording-ground";
  const stage = document.createElement("div");
  ground.append(stage);
  const note = document.createElement("p");
  note.className = "orchflow-recording-note";
  note.textContent = String(model.get("note") ?? "");
  note.hidden = note.textContent === "";
  const trouble = document.createElement("p");
  trouble.className = "orchflow-recording-trouble";
  trouble.setAttribute("role", "alert");
  trouble.hidden = true;
  bar.append(name, speeds);
  host.append(bar, note, trouble, ground);
  el.append(host);
  const say = (what: string) => {
    trouble.textContent = what;
    trouble.hidden = false;
    ground.hidden = speeds.hidden = true;
  };

  const text = textOf(model);
  save(model);
  const cols = columnsOf(text);
  if (cols !== null) {
    stage.style.maxWidth = `${cols * COLUMN + FRAME}px`;
    stage.style.minWidth = `${cols * NARROW + FRAME}px`;
  }
  const idle = Number(model.get("idle_limit"));
  let speed = Number(model.get("speed"));
  for (const one of offered(speed)) speeds.add(new Option(`${one} ×`, String(one), false, one === speed));
  let pageScheme: Scheme = "light";
  let player: Player | null = null;
  let playing = false;
  if (text === "") say("What was recorded is not kept in the notebook: run the cell to play it.");

  // The player takes speed and colours when it is made: it is made anew, and goes on where it was.
  const start = () => {
    const theme = String(model.get("theme"));
    const scheme = theme === "light" || theme === "dark" ? theme : pageScheme;
    const at = player?.getCurrentTime() ?? 0;
    const goOn = playing;
    player?.dispose();
    playing = false;
    host.dataset["scheme"] = scheme;
    if (theme === "light" || theme === "dark") host.dataset["theme"] = theme;
    else delete host.dataset["theme"];
    host.dataset["state"] = text === "" ? "gone" : "ready";
    if (text === "") return;
    const background = hexOf(getComputedStyle(ground).backgroundColor);
    if (background === "") host.style.removeProperty("--of-stage");
    else host.style.setProperty("--of-stage", background);
    const made = create({ data: text }, stage, {
      // Where none is given, the player takes the file's own one.
      idleTimeLimit: idle > 0 ? idle : Infinity,
      autoPlay: goOn,
      controls: true,
      fit: "width",
      poster: `npt:${Math.max(at, 0.1)}`,
      preload: true,
      speed,
      startAt: at,
      terminalFontFamily: getComputedStyle(host).getPropertyValue("--of-mono"),
      theme: `orchflow-${scheme}`,
    });
    const told = (state: string) => () => {
      if (made !== player) return;
      playing = state === "playing";
      host.dataset["state"] = state;
    };
    made.addEventListener("playing", told("playing"));
    made.addEventListener("pause", told("paused"));
    made.addEventListener("ended", told("ended"));
    const more = made as unknown as { addEventListener(event: "seeked" | "error", handler: () => void): void };
    // A seek tells after the end that it may go to.
    more.addEventListener("seeked", () => {
      if (made === player && host.dataset["state"] === "ended" && made.getCurrentTime() < (made.getDuration() ?? 0))
        told(playing ? "playing" : "paused")();
    });
    more.addEventListener("error", () => {
      told("broken")();
      say("This file cannot be played.");
    });
    player = made;
    views.set(host, made);
  };
  speeds.onchange = () => {
    speed = Number(speeds.value);
    start();
  };
  const unwatch = watchScheme((scheme) => {
    pageScheme = scheme;
    start();
  });
  const themed = () => start();
  model.on("change:theme", themed);
  return () => {
    model.off("change:theme", themed);
    unwatch();
    player?.dispose();
    host.remove();
  };
}

/** For those who look into the page: from each view's element to its player. */
const pageWide = globalThis as unknown as Record<symbol, WeakMap<HTMLElement, Player> | undefined>;
const views = (pageWide[Symbol.for("orchflow.recordings")] ??= new WeakMap<HTMLElement, Player>());
