import { enter } from "./bootstrap.mjs";

await enter(process.argv[2], process.argv.slice(3));
