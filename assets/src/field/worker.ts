/** The field app's service worker. */
export {};
