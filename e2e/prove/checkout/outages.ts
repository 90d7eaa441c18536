export { proof } from "../outages.ts";
