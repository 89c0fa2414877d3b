/** Which addresses the shell answers: the app itself. Pages that only the server can draw go to the network untouched. */
export interface ShellList { version: string; files: string[] }

export const isShellPage = (path: string): boolean => path === "/dd/" || path === "/dd";

export const isWords = (path: string): boolean => path.startsWith("/assets/part-words_");
