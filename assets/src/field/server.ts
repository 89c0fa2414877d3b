/** Calls to the server: given up after fifteen seconds, never believed without an answer in the shape that was asked for. */
import { learn } from "./clock";
import type { Answer, Early } from "./early";
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
  const { askedAt, heardAt, status, body: said } = (method === "GET" && (await takeEarly(path))) || (await asked(method, path, body));
  const isOk = status >= 200 && status < 300;
  const answer = said === "" ? null : said;
  if (isOk) {
    if (said === "") return undefined as T;
    if (answer === null) throw new CallError("server", status);
    if (typeof answer["now"] === "number") learn(answer["now"], askedAt, heardAt);
    return answer as T;
  }
  const code = answer?.["code"];
  const title = typeof answer?.["title"] === "string" ? answer["title"] : "";
  if (status === 401) throw new CallError(code === "device_revoked" ? "device_revoked" : "signed_out", 401, title);
  if (status === 403 && code === "role_may_not") throw new CallError("role", 403, title);
  throw new CallError("server", status, title);
}

/** What was asked before this script was here. When this script is the first of the two, the other has nothing to ask any more. */
const { earlyCalls } = Object.assign(globalThis, { earlyCalls: (globalThis as { earlyCalls?: Map<string, Promise<Early>> }).earlyCalls ?? new Map<string, Promise<Early>>() });

/** Each is taken once. */
async function takeEarly(path: string): Promise<Early> {
  const early = await earlyCalls.get(path);
  earlyCalls.delete(path);
  return early ?? null;
}

async function asked(method: string, path: string, body: unknown): Promise<Answer> {
  const askedAt = Date.now();
  try {
    const response = await fetch(path, {
      method,
      headers: { accept: "application/json", "accept-language": lang(), ...(body === undefined ? {} : { "content-type": "application/json" }) },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(GIVE_UP_MS),
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { askedAt, heardAt: Date.now(), status: response.status, body: text === "" ? "" : parsed(text) };
  } catch {
    // No network, no answer in time, or a login page of somebody's Wi-Fi that led elsewhere.
    throw new CallError("offline");
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
