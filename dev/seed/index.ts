import { buildProducts } from "./build.ts";
import { categories } from "./categories.ts";
import { accounts, locations, promotions, sellers } from "./people.ts";
import { audioAndDesk } from "./products/audio-and-desk.ts";
import { bags } from "./products/bags.ts";
import { books } from "./products/books.ts";
import { clothing } from "./products/clothing.ts";
import { coffeeAndBaking } from "./products/coffee-and-baking.ts";
import { furniture } from "./products/furniture.ts";
import { home } from "./products/home.ts";
import { kitchen } from "./products/kitchen.ts";
import { knitwear } from "./products/knitwear.ts";
import { lighting } from "./products/lighting.ts";
import { outdoor } from "./products/outdoor.ts";
import { paperAndGames } from "./products/paper-and-games.ts";
import { shoes } from "./products/shoes.ts";
import { tableware } from "./products/tableware.ts";
import { textiles } from "./products/textiles.ts";
import type { ProductTable } from "./row.ts";
import type { SeedData } from "./types.ts";

export { drawPicture } from "./pictures/draw.ts";
export { motifs } from "./pictures/motifs.ts";
export type {
  PictureSpec,
  SeedAccount,
  SeedAttribute,
  SeedCategory,
  SeedData,
  SeedLocation,
  SeedOption,
  SeedProduct,
  SeedPromotion,
  SeedRole,
  SeedSeller,
  SeedStock,
  SeedVariant,
} from "./types.ts";

const tables: readonly ProductTable[] = [
  home,
  furniture,
  lighting,
  textiles,
  kitchen,
  coffeeAndBaking,
  tableware,
  clothing,
  knitwear,
  shoes,
  outdoor,
  bags,
  books,
  paperAndGames,
  audioAndDesk,
];

/** Everything that a new shop holds; the same at every call. */
export function seedData(): SeedData {
  return {
    categories,
    sellers,
    locations,
    products: tables.flatMap(buildProducts),
    promotions,
    accounts,
  };
}
