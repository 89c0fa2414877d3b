/** What nobody sees before they have opened a stall: one file of its own, fetched as soon as today's list stands. */
export { codeScreen } from "./code";
export { checkScreen, enrolScreen, typedScreen } from "./enrol";
export { meScreen } from "./me";
export { verifyScreen } from "./verify";
export { visitScreen } from "./visit";
