import { elasticsearchScenes } from "./elasticsearch_scenes.ts";

elasticsearchScenes("9.5.3");
