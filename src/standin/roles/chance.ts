/** Chance that is the same each time: drawn from a text. */

/** True for this part of all texts, evenly. */
export const isUnlucky = (text: string, rate: number): boolean => rate > 0 && hash(text) / 2 ** 32 < rate;

/** FNV-1a, with the bits mixed once more at the end (fmix32 of MurmurHash3): texts that differ in their last letter are far apart. */
function hash(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
