/** A made-up catalogue whose words are spread like those of a language: few are everywhere, most are rare (Zipf). */
import type { Listing } from "@revops/marketplace";
import { seededRandom } from "@revops/testing";

const syllables = "ka to mi ra ne so lu vi da po ge zu fi ba re no ti ma le su".split(" ");

/** Word `n` of the vocabulary: four or five syllables, so that no two are one slip apart by chance too often. */
export function wordAt(n: number): string {
  let rest = n + 7_919;
  let word = "";
  for (let part = 0; part < 4; part++) {
    word += syllables[rest % syllables.length];
    rest = Math.floor(rest / syllables.length) + 13 * (part + 1);
  }
  return word + (n % 10);
}

const vocabulary = 20_000;
/** Beside the vocabulary, to ask for: in so large a share of the listings. */
export const planted = [
  ["common", 0.4],
  ["middling", 0.01],
  ["rareword", 0.000_2],
] as const;

export function createCatalogue(name: string) {
  const random = seededRandom(name);
  const zipf = () => {
    const share = random.integer(0, 1_000_000) / 1_000_000;
    return Math.min(vocabulary - 1, Math.floor(vocabulary ** share) - 1);
  };
  const words = (count: number) => Array.from({ length: count }, () => wordAt(zipf()));

  return (index: number): Listing => {
    const extra = planted
      .filter(([, share]) => random.integer(1, 1_000_000) <= share * 1_000_000)
      .map(([word]) => word);
    const inName = extra.filter(() => random.integer(1, 10) === 1);
    const name = [...words(2), ...inName].join("-");
    const downloads = Math.floor(10 ** (random.integer(0, 6_000) / 1_000)) - 1;
    return {
      id: `pkg_${String(index).padStart(12, "0")}`,
      slug: `${name}-${index}`,
      name,
      kind: random.pick(["package", "template", "ontology"]),
      status: "published",
      summary: [...words(6), ...extra].join(" "),
      description: words(10).join(" "),
      category: `category ${random.integer(1, 12)}`,
      tags: words(2),
      publisher: { id: `org_${random.integer(1, 5_000)}`, name: null },
      price: random.integer(0, 1) === 0 ? null : { amount: random.integer(1, 100) * 100, currency: "usd" },
      interval: null,
      licenseTerms: {},
      course: null,
      moderationReason: null,
      latestVersion: "1.0.0",
      downloads,
      rating: { average: null, count: 0 },
      createdAt: new Date(1_700_000_000_000 + index * 1_000),
    };
  };
}
