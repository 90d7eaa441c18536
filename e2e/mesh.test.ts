import { tellStories } from "./stories/tell.ts";

tellStories("mesh");
