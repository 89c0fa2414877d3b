/** Whose phone this is. Without a network the last answer counts. */
import type { Me } from "./model";
import { isHereOnly, records } from "./outbox";
import { CallError, call, type Trouble } from "./server";
import { get, put, remove } from "./store";

export const cachedMe = async (): Promise<Me | null> => (await get<Me>("keys", "me")) ?? null;

export async function refreshMe(): Promise<Me | Trouble> {
  try {
    let me = await call<Me>("GET", "/dd/api/me");
    if (me.device === null) {
      // Signed in with a password: from now on this phone stays theirs without a session.
      await call("POST", "/dd/api/device");
      me = await call<Me>("GET", "/dd/api/me");
    }
    await put("keys", me, "me");
    return me;
  } catch (error) {
    if (error instanceof CallError) return error.trouble;
    throw error;
  }
}

/** Gives the phone back. Held back while a record is on it alone. */
export async function signOut(): Promise<"held_back" | "offline" | "done"> {
  if ((await records()).some(isHereOnly)) return "held_back";
  try {
    await call("POST", "/dd/api/sign-out");
  } catch (error) {
    const isOver = error instanceof CallError && (error.trouble === "signed_out" || error.trouble === "device_revoked");
    if (!isOver) return "offline";
  }
  await Promise.all(["me", "market", "draft", "draft-key"].map((name) => remove("keys", name)));
  return "done";
}
