import { createHash } from "node:crypto";
import { DomainError } from "@shopmesh/kernel";
import { headerNames, type Incoming } from "@shopmesh/mesh";

/** How many live streams this process carries, and for whom. */
export type StreamLimits = {
  /** Counts one stream in; the function returned counts it out. Throws TOO_MANY_STREAMS. */
  enter(headers: Incoming["headers"]): () => void;
};

/** At most `total` streams side by side, and of one credential at most `each`. Strangers are not told apart here. */
export function createStreamLimits({ total, each }: { readonly total: number; readonly each: number }): StreamLimits {
  const counts = new Map<string, number>();
  let all = 0;
  return {
    enter(headers) {
      const who = credentialOf(headers);
      const own = counts.get(who) ?? 0;
      if (all >= total) throw tooMany(total);
      if (who !== "" && own >= each) throw tooMany(each);
      all += 1;
      counts.set(who, own + 1);
      return () => {
        all -= 1;
        const left = (counts.get(who) ?? 0) - 1;
        if (left > 0) counts.set(who, left);
        else counts.delete(who);
      };
    },
  };
}

function tooMany(limit: number): DomainError {
  return new DomainError("exhausted", "TOO_MANY_STREAMS", { limit: String(limit) });
}

/** What the client shows, as a digest; empty for nothing. */
function credentialOf(headers: Incoming["headers"]): string {
  const shown = headers.get(headerNames.actor) || headers.get("cookie") || "";
  return shown === "" ? "" : createHash("sha256").update(shown).digest("base64");
}
