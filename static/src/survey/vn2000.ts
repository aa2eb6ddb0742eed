/**
 * From longitude and latitude to a VN-2000 plane, for the free cursor alone: what is surveyed is never transformed.
 * Its datum shift is EPSG:6960 (Decision 05/2007/QĐ-BTNMT), good to a metre; the arithmetic is good to less than a millimetre.
 */

import proj4 from 'proj4';
import type { Point } from './plane.ts';

/** Central meridians of the 3° zones by EPSG code, in degrees. */
const MERIDIAN: Record<number, number> = {
  5896: 102,
  5897: 105,
  5898: 108,
  5899: 107.75,
  9205: 103,
  9206: 104,
  9207: 104.5,
  9208: 104.75,
  9209: 105.5,
  9210: 105.75,
  9211: 106,
  9212: 106.25,
  9213: 106.5,
  9214: 107,
  9215: 107.25,
  9216: 107.5,
  9217: 108.25,
  9218: 108.5,
};

/** One 3° zone of VN-2000. */
export interface Zone {
  epsg: number;
  /** Central meridian in degrees. */
  meridian: number;
  /** Easting and northing of a longitude and latitude in WGS 84. */
  toPlane(lonLat: readonly number[]): Point;
  /** The longitude and latitude in WGS 84 of an easting and northing. */
  toLonLat(point: readonly number[]): [lon: number, lat: number];
}

/** The zone that a CRS URI names, or undefined where it names another kind of system. */
export function zoneOf(crs: string | undefined): Zone | undefined {
  const epsg = Number(/\/EPSG\/[^/]*\/(\d+)$/.exec(crs ?? '')?.[1]);
  const meridian = MERIDIAN[epsg];
  if (meridian === undefined) return undefined;
  // proj4 takes rotations in position-vector sign.
  const { forward, inverse } = proj4(
    'WGS84',
    `+proj=tmerc +lat_0=0 +lon_0=${meridian} +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m` +
      ' +towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278',
  );
  return {
    epsg,
    meridian,
    toPlane: ([lon, lat]) => forward([lon!, lat!]) as [number, number],
    toLonLat: ([east, north]) => {
      // proj4 turns the datum shift around by its signs alone, which is off by a millimetre: taken once more, it is exact.
      const [e, n] = forward(inverse([east!, north!])) as [number, number];
      return inverse([2 * east! - e, 2 * north! - n]) as [number, number];
    },
  };
}
