// Passwords that an attacker tries first: the most used ones of public leaks, and the patterns that such lists leave
// out. A password is only ever compared as a whole, as NIST SP 800-63B asks; what it is made of is its owner's affair.

/** The same one to three characters over and over. */
const repetition = /^(.{1,3}?)\1+$/su;

let leaked: Promise<ReadonlySet<string>> | undefined;

/** Whether the password, in whatever case, is among the commonest, one repetition, or one run such as `abcdefgh`. */
export async function isCommon(password: string): Promise<boolean> {
  const folded = password.toLowerCase();
  if (repetition.test(folded) || isRun(folded)) return true;
  leaked ??= loadLeaked();
  return (await leaked).has(folded);
}

/** Loaded at the first use: fifty thousand texts are not for the start to wait for. */
async function loadLeaked(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}

/** Whether each character follows the one before it in the alphabet or in counting, up or down. */
function isRun(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const steps = new Set(points.slice(1).map((point, index) => point - (points[index] ?? 0)));
  const [step = 0] = steps;
  return steps.size === 1 && Math.abs(step) === 1;
}
