/** The one enrolment that is being made: kept after every step, under a key that this browser does not give away, for a day. */
import type { Draft } from "./model";
import { asked, get, put, remove, write } from "./store";

const LASTS_MS = 24 * 3_600_000;

interface Kept { iv: Uint8Array<ArrayBuffer>; box: ArrayBuffer; kept_at: number }

/** Made once. The key cannot be exported: the browser's files hold no number in clear, though whoever holds the phone may open the app. */
async function key(): Promise<CryptoKey> {
  const known = await get<CryptoKey>("keys", "draft-key");
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  return write(["keys"], async ({ keys }) => {
    // Another tab may have made one meanwhile: the first one counts.
    const first = (await asked(keys!.get("draft-key"))) as CryptoKey | undefined;
    if (!first) keys!.put(made, "draft-key");
    return first ?? made;
  });
}

export async function saveDraft(draft: Draft): Promise<void> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), new TextEncoder().encode(JSON.stringify(draft)));
  await put("keys", { iv, box, kept_at: Date.now() } satisfies Kept, "draft");
}

export async function loadDraft(): Promise<Draft | null> {
  const kept = await get<Kept>("keys", "draft");
  if (!kept) return null;
  // A clock that was turned back must not keep it for ever.
  if (Math.abs(Date.now() - kept.kept_at) > LASTS_MS) {
    await dropDraft();
    return null;
  }
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv }, await key(), kept.box);
    return JSON.parse(new TextDecoder().decode(plain)) as Draft;
  } catch {
    await dropDraft();
    return null;
  }
}

export const dropDraft = (): Promise<void> => remove("keys", "draft");
