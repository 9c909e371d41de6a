// What a close code (docs/protocol.md, close codes) or the server's verdict means for a view.
import type { Verdict } from "./route.ts";

export type Outcome = { phase: "reconnecting" | "gone" | "refused" | "taken" | "failed"; reason: string };

/** Not permitted (docs/protocol.md, close codes). */
export const NOT_ALLOWED = 4403;

/** 44xx is final; anything else, 1000 without an EXIT among it, is an accident, and the view reconnects. */
export function closing(code: number, reason: string): Outcome {
  switch (code) {
    case 4404:
      return { phase: "gone", reason };
    case 4401:
      return { phase: "refused", reason: reason || "You are not signed in to this server any more. Reload the page to sign in." };
    case NOT_ALLOWED:
      return { phase: "refused", reason: reason || "You are not allowed to use this terminal." };
    case 4408:
      return { phase: "taken", reason };
    case 4413:
      return { phase: "failed", reason: reason || "A message was too large for the server." };
    case 4429:
      return { phase: "failed", reason: reason || "Too much was sent at once." };
  }
  if (code >= 4400 && code < 4500) return { phase: "failed", reason: reason || `The server closed the connection (${code}).` };
  return { phase: "reconnecting", reason };
}

/** What is to be believed of a stream that never opened. `greeted`: an earlier one did. */
export function judged(verdict: Verdict, greeted: boolean): Outcome {
  switch (verdict.kind) {
    case "gone":
      return { phase: "gone", reason: "" };
    case "refused":
      return { phase: "refused", reason: verdict.reason };
    case "foreign":
      return { phase: "failed", reason: "This server does not run OrchFlow. Enable its extension orchflow_jupyter and restart it." };
    case "orphaned":
      return { phase: "failed", reason: `${greeted ? "The kernel was restarted." : "No kernel answers."} Run the cell again.` };
    case "there":
    case "unreachable":
      return { phase: "reconnecting", reason: "" };
  }
}
