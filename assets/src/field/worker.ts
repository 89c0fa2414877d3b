/** The service worker: keeps the shell of one version, answers with it at once, and stays away from everything else. */
import { isShellPage, isWords, type ShellList } from "./shell_rules";

interface WorkerScope {
  SHELL: ShellList;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  registration: { unregister(): Promise<boolean> };
  addEventListener(type: "install" | "activate", listener: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "fetch", listener: (event: { request: Request; respondWith(answer: Promise<Response>): void }) => void): void;
}

const scope = self as unknown as WorkerScope;
const { version, files } = scope.SHELL;
const NAME = `choqr-shell-${version}`;
/** The server took the app back: phones let go of it. */
const isOff = version === "off";

scope.addEventListener("install", (event) => {
  event.waitUntil(isOff ? scope.skipWaiting() : caches.open(NAME).then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: "reload" })))));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith("choqr-shell-") && name !== NAME).map((name) => caches.delete(name)));
      if (isOff) await scope.registration.unregister();
      else await scope.clients.claim();
    })(),
  );
});

scope.addEventListener("message", (event) => {
  if ((event.data as { type?: unknown } | null)?.type === "take_over") void scope.skipWaiting();
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (isOff || request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (isShellPage(url.pathname)) event.respondWith(kept("/dd/", request));
  } else if (files.includes(url.pathname)) {
    event.respondWith(kept(url.pathname, request));
  } else if (isWords(url.pathname)) {
    event.respondWith(keptFromNow(request));
  }
});

/** Another language's words come when somebody reads it, and stay. */
async function keptFromNow(request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  const known = await cache.match(request, { ignoreVary: true });
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

/** From the phone; from the network only when the browser has dropped it. */
async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request);
}
