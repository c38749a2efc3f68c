// Names in the environment that look like a setting with a typing mistake.

/** How many letters of a name may be wrong for a warning: in a short one, two would make it another word. */
const maxWrong = (name: string) => (name.length <= 5 ? 1 : 2);

/** One warning for each name that is one or two letters away from a setting's; never a value. */
export function unknownNames(
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): readonly string[] {
  const settings = new Set(known);
  return Object.keys(environment)
    .filter((name) => !settings.has(name) && /^[A-Za-z][\w.-]{2,63}$/.test(name))
    .flatMap((name) => {
      const meant = closest(name.toUpperCase(), known);
      return meant === null ? [] : [`${name} is no setting and is ignored. Is ${meant} meant?`];
    });
}

function closest(name: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = Infinity;
  for (const candidate of known) {
    const wrong = distance(name, candidate);
    if (wrong <= maxWrong(candidate) && wrong < least) [best, least] = [candidate, wrong];
  }
  return best;
}

/** How many letters are missing, added, wrong, or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  const far = 3;
  if (Math.abs(a.length - b.length) >= far) return far;
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? far;
}
