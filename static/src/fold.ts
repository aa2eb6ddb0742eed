/** Folds text for comparison: Vietnamese names are found with or without their marks. */

/** Lower case, no diacritics, đ as d, anything but letters and digits as one space. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
