import { stableId } from "./identity.ts";
import type { SeedCategory } from "./types.ts";

/** A category's name in the product tables. */
export type CategorySlug =
  | "home"
  | "furniture"
  | "lighting"
  | "textiles"
  | "kitchen"
  | "tableware"
  | "clothing"
  | "shoes"
  | "outdoor"
  | "bags"
  | "books-and-games"
  | "audio-and-desk";

/** The id of the category of that name. */
export function categoryId(slug: CategorySlug): string {
  return stableId("category", slug);
}

function category(slug: CategorySlug, name: string, description: string, parent?: CategorySlug): SeedCategory {
  return {
    id: categoryId(slug),
    slug,
    name,
    description,
    ...(parent ? { parentId: categoryId(parent) } : {}),
  };
}

/** The shop's departments; a parent always stands before its children. */
export const categories: readonly SeedCategory[] = [
  category("home", "Home", "Vases, clocks, mirrors, candles and the plants' pots."),
  category("furniture", "Furniture", "Chairs, tables, shelves and beds that arrive flat or whole.", "home"),
  category("lighting", "Lighting", "Lamps to hang, stand, clip and carry.", "home"),
  category("textiles", "Textiles", "Bed linen, towels, throws, cushions and rugs.", "home"),
  category("kitchen", "Kitchen", "Pots, knives and what coffee and bread are made with."),
  category("tableware", "Tableware", "Mugs, plates, glasses and cutlery.", "kitchen"),
  category("clothing", "Clothing", "Shirts, knitwear, jackets and small warm things."),
  category("shoes", "Shoes", "Sneakers, boots, sandals and slippers, EU sizes.", "clothing"),
  category("outdoor", "Outdoor", "Tents, sleeping bags, stoves and gear for the garden."),
  category("bags", "Bags", "Backpacks, totes, suitcases and wallets.", "outdoor"),
  category("books-and-games", "Books, paper & games", "Novels, cookbooks, notebooks, pens, puzzles and board games."),
  category("audio-and-desk", "Audio & desk", "Headphones, speakers, keyboards and chargers."),
];
