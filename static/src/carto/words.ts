/** Every sentence of the map's tools in Vietnamese and English; they come with them, not with the page. */

import { sentencesOf, type Lang } from '../i18n.ts';

const vi = {
  tools: 'Công cụ bản đồ',
  measure: 'Đo dài, diện tích',
  position: 'Vị trí của tôi',
  positionOff: 'Thôi theo vị trí',
  north: 'Quay bản đồ về hướng bắc (đang lệch {degrees}°)',
  locating: 'Đang tìm vị trí…',
  located: 'Vị trí của bạn: chính xác khoảng {accuracy}. VN-2000, múi 3°, KTT 105°: X {north}, Y {east}.',
  positionRefused: 'Trình duyệt không được phép đọc vị trí. Hãy cho phép trang này đọc vị trí trong cài đặt của trình duyệt, rồi bấm lại.',
  positionMissing: 'Thiết bị không cho biết vị trí. Hãy ra chỗ thoáng rồi thử lại.',
  positionLate: 'Chưa nhận được vị trí. Thiết bị vẫn đang tìm.',
  positionInsecure: 'Trình duyệt chỉ cho đọc vị trí khi trang mở bằng https.',
  positionOutside: 'Vị trí của bạn ngoài vùng bản đồ.',
  closeNote: 'Đóng',
  gridEast: 'Y {value} km',
  gridNorth: 'X {value} km',
  basemapBy: 'Nền bản đồ: {attribution}',
  basemapOutside: 'Nền bản đồ được tải từ {host}: máy chủ đó biết địa chỉ mạng của bạn và vùng bạn xem.',
  basemapFailed: 'Không tải được nền bản đồ.',
};

type Key = keyof typeof vi;

const en: Record<Key, string> = {
  tools: 'Map tools',
  measure: 'Measure length and area',
  position: 'My position',
  positionOff: 'Stop following my position',
  north: 'Turn the map to the north (now {degrees}° off)',
  locating: 'Looking for your position…',
  located: 'Your position: good to about {accuracy}. VN-2000, 3° zone, meridian 105°: N {north}, E {east}.',
  positionRefused: 'The browser may not read your position. Allow it for this page in the browser’s settings, then press again.',
  positionMissing: 'The device does not tell its position. Go where the sky is open and try again.',
  positionLate: 'No position yet. The device is still looking.',
  positionInsecure: 'Browsers read the position only on pages opened by https.',
  positionOutside: 'Your position is outside the map.',
  closeNote: 'Close',
  gridEast: 'E {value} km',
  gridNorth: 'N {value} km',
  basemapBy: 'Basemap: {attribution}',
  basemapOutside: 'The basemap is loaded from {host}: that server learns your network address and the places you look at.',
  basemapFailed: 'The basemap could not be loaded.',
};

/** All sentences, by language. */
export const cartoStrings: Record<Lang, Record<Key, string>> = { vi, en };

/** A sentence with its `{placeholders}` filled in. */
export const c = sentencesOf(cartoStrings);
