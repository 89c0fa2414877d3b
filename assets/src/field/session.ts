/** Whose phone this is. Without a network the last answer counts. */
import { forget } from "./clock";
import type { Me } from "./model";
import { holdsSomething } from "./outbox";
import { CallError, call, type Trouble } from "./server";
import { beside, get, put, write } from "./store";

export const cachedMe = async (): Promise<Me | null> => (await get<Me>("keys", "me")) ?? null;

export async function refreshMe(): Promise<Me | Trouble> {
  try {
    let me = await call<Me>("GET", "/dd/api/me");
    if (me.device === null) {
      // Signed in with a password: from now on this phone stays theirs without a session.
      await call("POST", "/dd/api/device");
      me = await call<Me>("GET", "/dd/api/me");
    }
    beside(put("keys", me, "me"));
    return me;
  } catch (error) {
    if (error instanceof CallError) return error.trouble;
    throw error;
  }
}

/** Gives the phone back. Held back while something is on it alone. */
export async function signOut(): Promise<"held_back" | "offline" | "done"> {
  if (await holdsSomething()) return "held_back";
  try {
    await call("POST", "/dd/api/sign-out");
  } catch (error) {
    const isOver = error instanceof CallError && (error.trouble === "signed_out" || error.trouble === "device_revoked");
    if (!isOver) return "offline";
  }
  // Names of vendors do not stay on a phone that was given back; sealed records that the server has may.
  await write(["keys", "stalls"], ({ keys, stalls }) => {
    keys!.clear();
    stalls!.clear();
  });
  forget();
  return "done";
}
