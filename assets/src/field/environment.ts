/** What stands in the way on this phone, in this browser: each has words that say what to do. */

export type Finding = "in_app_browser" | "insecure" | "not_persistent" | "old_ios" | "ios_tab" | "no_storage";

export interface Browser { userAgent: string; isSecure: boolean; isStandalone: boolean; hasStorage: boolean }

/** Browsers inside other apps: no camera, no installation, and storage that vanishes. */
const IN_APP = /Zalo|FBAN|FBAV|FB_IAB|Instagram|TikTok|BytedanceWebview|musical_ly|Line\/|MicroMessenger|GSA\/|; wv\)/iu;

export function judge(browser: Browser): Finding[] {
  const found: Finding[] = [];
  if (!browser.isSecure) found.push("insecure");
  if (IN_APP.test(browser.userAgent)) found.push("in_app_browser");
  if (!browser.hasStorage) found.push("no_storage");
  const ios = /(?:iPhone|iPad|iPod).*? OS (\d+)_(\d+)/u.exec(browser.userAgent);
  if (ios) {
    const version = Number(ios[1]) + Number(ios[2]) / 100;
    // 16.4 brought what the app needs; in a tab, storage is dropped after seven days without use.
    if (version < 16.04) found.push("old_ios");
    else if (!browser.isStandalone) found.push("ios_tab");
  }
  return found;
}

const here = (): Finding[] => judge({
  userAgent: navigator.userAgent,
  isSecure: globalThis.isSecureContext,
  isStandalone: matchMedia("(display-mode: standalone)").matches,
  hasStorage: "indexedDB" in globalThis,
});

/** What work here would be lost to: said on the first screen already. */
export const hindrances = (): Finding[] => here().filter((finding) => finding !== "ios_tab");

/** All that is true here; asks the browser to keep our storage. */
export async function findings(): Promise<Finding[]> {
  const found = here();
  const storage = navigator.storage;
  const isKept = storage?.persist === undefined ? false : (await storage.persisted()) || (await storage.persist());
  return isKept || found.includes("no_storage") ? found : [...found, "not_persistent"];
}
