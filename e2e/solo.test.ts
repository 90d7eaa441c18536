import { tellStories } from "./stories/tell.ts";

tellStories("solo");
