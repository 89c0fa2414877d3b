/** What lies on the phone: one IndexedDB, one store a noun. */

const NAME = "choqr-field";
const VERSION = 1;

/** `keys`: small things by name. `stalls`: by market and stall. `records`, `photos`: by id. */
export type StoreName = "keys" | "stalls" | "records" | "photos";

let opened: Promise<IDBDatabase> | null = null;

export function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("keys");
      db.createObjectStore("stalls", { keyPath: ["market_id", "stall_id"] });
      db.createObjectStore("records", { keyPath: "id" });
      db.createObjectStore("photos", { keyPath: "id" });
    };
    request.onsuccess = () => {
      const db = request.result;
      // Another tab has a newer app: it must not wait for this one.
      db.onversionchange = () => {
        db.close();
        opened = null;
      };
      db.onclose = () => {
        opened = null;
      };
      resolve(db);
    };
    request.onerror = () => {
      opened = null;
      reject(request.error ?? new Error("IndexedDB"));
    };
    request.onblocked = () => reject(new Error("IndexedDB is blocked by another tab"));
  });
  return opened;
}

/** Asks one request. */
export function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB"));
  });
}

/**
 * Runs `work` in one transaction, and resolves only when it is on disk. `work` may only wait for requests of this transaction:
 * anything else lets it end.
 */
export async function write<T>(names: StoreName[], work: (stores: Record<string, IDBObjectStore>) => Promise<T> | T): Promise<T> {
  const db = await open();
  const transaction = db.transaction(names, "readwrite", { durability: "strict" });
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the phone has no room left"));
  });
  done.catch(() => {});
  let result: T;
  try {
    result = await work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
  } catch (error) {
    try {
      transaction.abort();
    } catch {
      // It has ended by itself.
    }
    throw error;
  }
  await done;
  return result;
}

async function reading(name: StoreName): Promise<IDBObjectStore> {
  return (await open()).transaction(name, "readonly").objectStore(name);
}

export async function get<T>(name: StoreName, key: IDBValidKey): Promise<T | undefined> {
  return asked((await reading(name)).get(key)) as Promise<T | undefined>;
}

export async function all<T>(name: StoreName, range?: IDBKeyRange): Promise<T[]> {
  return asked((await reading(name)).getAll(range)) as Promise<T[]>;
}

export const put = (name: StoreName, value: unknown, key?: IDBValidKey): Promise<void> =>
  write([name], (stores) => {
    stores[name]!.put(value, key);
  });

export const remove = (name: StoreName, key: IDBValidKey): Promise<void> =>
  write([name], (stores) => {
    stores[name]!.delete(key);
  });

let behind: Promise<unknown> = Promise.resolve();

/** Lets a first screen stand before its data is on disk. Whoever reads it meanwhile waits for it: transactions keep their order. */
export function beside(work: Promise<unknown>): void {
  behind = Promise.all([behind, work]);
  behind.catch(() => {});
}

/** Resolves when that has come to disk, and fails when there was no room: once, for a later write may find some. */
export function caughtUp(): Promise<unknown> {
  const work = behind;
  behind = Promise.resolve();
  return work;
}
