import { elasticsearchScenes } from "./elasticsearch_scenes.ts";

elasticsearchScenes("8.19.21");
