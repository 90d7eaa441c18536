export { type TestDatabase, testDatabase } from "./database.ts";
export { type Received, startInbox } from "./inbox.ts";
export { silentLog } from "./log.ts";
export { type TestServiceOptions, testService } from "./service.ts";
export { frame, preface, resetRequest } from "./http2-frames.ts";
