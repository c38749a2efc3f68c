// Tells a secret that is easy to guess from one that was made at random, as far as a text can show it.

/** The fewest different characters. A random text of 32 hexadecimal digits has some 14 of them. */
const minDifferent = 10;

/** The fewest bits that the frequency of the characters leaves. A random text of 32 hexadecimal digits has some 113. */
const minBits = 80;

/** What texts have that are copied from examples. */
const placeholder =
  /change.?(?:me|this|it)|replace.?(?:me|this|it|with)|your.{0,10}(?:own|jwt|secret|super|key)|my.{0,10}(?:jwt|super|secret|key)|super.?secret|example|placeholder|password|passw0rd|keyboard.?cat|battery.?staple|lorem.?ipsum|openssl.rand|dummy|sample/i;

/** Whether a secret of enough bytes is weak: an example, a repetition, a run, few characters or white space. */
export function isWeakSecret(secret: string): boolean {
  const characters = Array.from(secret.replaceAll(/\s/gu, ''));
  const different = new Set(characters).size;
  return (
    Buffer.byteLength(characters.join('')) < 28 ||
    different < minDifferent ||
    bitsOf(characters) < minBits ||
    placeholder.test(secret) ||
    isPeriodic(Array.from(secret)) ||
    isMostlyRun(characters)
  );
}

/** Shannon's entropy of the characters by their frequency, in all of them together. */
function bitsOf(characters: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / characters.length);
  return bits;
}

/** Whether it repeats a part that is at most half of it, the last time perhaps not to its end. */
function isPeriodic(characters: readonly string[]): boolean {
  for (let period = 1; period <= characters.length / 2; period += 1) {
    if (characters.every((character, index) => character === characters[index % period])) return true;
  }
  return false;
}

/** Whether most characters follow the one before them in the alphabet, in counting or on a keyboard, up or down. */
function isMostlyRun(characters: readonly string[]): boolean {
  const rows = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
  const follows = (a: string, b: string) =>
    rows.some((row) => row.includes(a + b) || row.includes(b + a)) ||
    Math.abs((a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)) === 1;
  const lower = characters.map((character) => character.toLowerCase());
  const steps = lower.slice(1).filter((character, index) => follows(lower[index] ?? '', character)).length;
  return steps > characters.length / 2;
}
