/** The words that a service's files are made of. */
export type Names = {
  /** "wishlist": folder, package, variable. */
  readonly noun: string;
  /** "Wishlist": messages, classes. */
  readonly Noun: string;
  /** "wishlists". */
  readonly nouns: string;
  /** "Wishlists". */
  readonly Nouns: string;
  /** "a wishlist". */
  readonly aNoun: string;
  /** "WISHLIST": reasons. */
  readonly NOUN: string;
};

const maxLength = 24;

/** What stands beside the services in folders, packages or processes. */
const parts = "common gateway gen google grpc kernel dev e2e mesh sandbox seed shop web bench deploy docs".split(" ");

/** Words of TypeScript and SQL that can name no variable or no table. */
const words = (
  "abstract analyze any as async await boolean break case catch check class column condition const constraint " +
  "constructor continue cross cursor database debugger declare default delete div do else enum escape exists explain " +
  "export extends false fetch finally float for force foreign from function get global grant group having if " +
  "implements import in index inner insert instanceof int integer interface interval into join key keys keyword kill " +
  "left let like limit lines load lock long loop match method module mod natural never new null number numeric object " +
  "of on option optional or outer over package partition precision primary private procedure protected prototype " +
  "public purge range rank read real references release rename repeat replace require reserved restrict return " +
  "returning revoke right row rows rpc schema select separator service set show signal sql stream string super switch " +
  "symbol syntax table terminated then this throw to trigger true try type typeof union unique unknown unlock unsigned " +
  "update usage use using value values var varying void when where while window with write yield"
).split(" ");

/** Names that the generated files give to other things. */
const locals = (
  "actor api ava call clock context customer events first handlers id ids implement message name names network page " +
  "pages person process randomuuid request response schedule shown size sql store testing test text time title token tx"
).split(" ");

/** The words for service `noun`. */
export function namesOf(noun: string): Names {
  const nouns = pluralOf(noun);
  return {
    noun,
    Noun: capitalise(noun),
    nouns,
    Nouns: capitalise(nouns),
    aNoun: `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`,
    NOUN: noun.toUpperCase(),
  };
}

/** Why no service can be named so; undefined where one can. `existing` are the services and packages there are. */
export function refusalOf(noun: string, existing: readonly string[]): string | undefined {
  if (noun === "") return "name the service: npm run new-service -- wishlist";
  if (!/^[a-z]+$/.test(noun)) return `"${noun}" is not one lower-case word of a to z: a service is named by its noun`;
  if (noun.length > maxLength) return `"${noun}" has more than ${maxLength} letters`;
  if (existing.includes(noun)) return `there is a service or a package "${noun}" already`;
  if (parts.includes(noun)) return `"${noun}" is reserved: a part of the mesh is named so`;
  if (words.includes(noun)) return `"${noun}" is reserved: a word of TypeScript or SQL`;
  if (locals.includes(noun)) return `"${noun}" is reserved: every service's code uses the word for something else`;
  return undefined;
}

function pluralOf(noun: string): string {
  if (/(s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return `${noun}s`;
}

function capitalise(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
