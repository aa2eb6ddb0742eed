import { describe, expect, test, vi } from 'vitest';
import { pageUrl, siteAddressOf, siteUrl } from './address.ts';

const of = (address: string) => siteAddressOf(new URL(address, 'https://gis.example.vn'));

describe('the address of a site’s page', () => {
  test('an address of something else is none', () => {
    expect(of('/sites/plans/x')).toBeUndefined();
    expect(of('/sites/clusters/')).toBeUndefined();
    expect(of('/')).toBeUndefined();
  });

  test('it is read behind a path prefix, with signs in the id, and what is no day or distance is left out', () => {
    expect(of('/langxanh/sites/clusters/a%20b?as-of=2025-06-30&distance=500')).toEqual({ collection: 'clusters', id: 'a b', asOf: '2025-06-30', distance: 500 });
    expect(of('/sites/craft_villages/v?as-of=2025-02-30&distance=7')).toEqual({ collection: 'craft_villages', id: 'v', asOf: undefined, distance: 2000 });
    expect(of('/sites/clusters/%E0%A4%A')?.id).toBe('%E0%A4%A');
  });

  test('it is written without what is as usual, and leads back to what it says', () => {
    vi.stubGlobal('document', { baseURI: 'https://gis.example.vn/langxanh/' });
    expect(siteUrl('clusters', 'phung', { lang: 'vi', distance: 2000 }).href).toBe('https://gis.example.vn/langxanh/sites/clusters/phung');
    const url = siteUrl('clusters', 'a/b?', { asOf: '2025-06-30', distance: 500, lang: 'en' });
    expect(url.href).toBe('https://gis.example.vn/langxanh/sites/clusters/a%2Fb%3F?as-of=2025-06-30&distance=500&lang=en');
    expect(siteAddressOf(url)).toEqual({ collection: 'clusters', id: 'a/b?', asOf: '2025-06-30', distance: 500 });
    vi.unstubAllGlobals();
  });
});

test('another page is said in its language before its fragment, and Vietnamese goes without saying', () => {
  vi.stubGlobal('document', { baseURI: 'https://gis.example.vn/langxanh/' });
  expect(pageUrl('compare#sites=clusters%2Fa', 'en').href).toBe('https://gis.example.vn/langxanh/compare?lang=en#sites=clusters%2Fa');
  expect(pageUrl('#clusters/a&as-of=2025-06-30', 'en').href).toBe('https://gis.example.vn/langxanh/?lang=en#clusters/a&as-of=2025-06-30');
  expect(['', 'compare'].map((path) => pageUrl(path).href)).toEqual(['https://gis.example.vn/langxanh/', 'https://gis.example.vn/langxanh/compare']);
  vi.unstubAllGlobals();
});
