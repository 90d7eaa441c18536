export { testDatabase } from "./database.ts";
export { silentLog } from "./log.ts";
