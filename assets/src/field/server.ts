/** Calls to the server: given up after fifteen seconds, never believed without an answer in the shape that was asked for. */
import { learn } from "./clock";
import { lang } from "./words";

const GIVE_UP_MS = 15_000;

/** Why a call came to nothing. */
export type Trouble = "offline" | "signed_out" | "device_revoked" | "role" | "server";

export class CallError extends Error {
  constructor(readonly trouble: Trouble, readonly status = 0, readonly title = "") {
    super(trouble);
  }
}

export async function call<T>(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<T> {
  const askedAt = Date.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers: { accept: "application/json", "accept-language": lang(), ...(body === undefined ? {} : { "content-type": "application/json" }) },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(GIVE_UP_MS),
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    text = await response.text();
  } catch {
    // No network, no answer in time, or a login page of somebody's Wi-Fi that led elsewhere.
    throw new CallError("offline");
  }
  const answer = parsed(text);
  if (response.ok) {
    if (response.status === 204 || (text === "" && response.status < 300)) return undefined as T;
    if (answer === null) throw new CallError("server", response.status);
    if (typeof answer["now"] === "number") learn(answer["now"], askedAt, Date.now());
    return answer as T;
  }
  const code = answer?.["code"];
  const title = typeof answer?.["title"] === "string" ? answer["title"] : "";
  if (response.status === 401) throw new CallError(code === "device_revoked" ? "device_revoked" : "signed_out", 401, title);
  if (response.status === 403 && code === "role_may_not") throw new CallError("role", 403, title);
  throw new CallError("server", response.status, title);
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
