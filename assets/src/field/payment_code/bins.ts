/** The BINs of the bank directory, put in when the app is built (assets/bins.mjs). */
declare const BINS: string;

const known = new Set(BINS.split(" "));
export const isKnownBin = (bin: string): boolean => known.has(bin);
