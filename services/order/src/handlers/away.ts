import { isRefusal } from "@shopmesh/kernel";

/** What another service answers, or `otherwise` where it is away or takes too long. Its refusals are thrown. */
export async function unlessAway<T>(answer: Promise<T>, otherwise: () => T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isRefusal(error, "UNAVAILABLE") || isRefusal(error, "DEADLINE")) return otherwise();
    throw error;
  }
}
