/** Every sentence of the page in Vietnamese and English, and numbers and dates as each language writes them. */

const vi = {
  title: 'Làng Xanh',
  subtitle: 'Cụm công nghiệp và làng nghề Hà Nội',
  skipToList: 'Đến danh sách địa điểm',
  otherLanguage: 'English',
  loading: 'Đang tải dữ liệu…',
  map: 'Bản đồ cụm công nghiệp và làng nghề Hà Nội',
  zoomIn: 'Phóng to',
  zoomOut: 'Thu nhỏ',
  noMap: 'Trình duyệt này không vẽ được bản đồ (thiếu WebGL). Danh sách và phần chi tiết vẫn dùng được.',
  unreachable: 'Không kết nối được với máy chủ. Hãy kiểm tra mạng rồi thử lại.',
  serverError: 'Máy chủ trả lời lỗi {status}. Hãy thử lại sau.',
  retry: 'Thử lại',
  sidebar: 'Chú giải và danh sách',
  close: 'Đóng',
  data: 'Dữ liệu (OGC API)',

  search: 'Tìm theo tên',
  searchHint: 'Tìm cụm, làng nghề, xã (không cần dấu)',
  searchCount: '{count} kết quả',
  searchNone: 'Không tìm thấy tên nào như vậy.',
  commune: 'Xã, phường',
  plan: 'Đồ án 1/500',

  legend: 'Tình trạng tuân thủ',
  legendHint: 'Bỏ chọn để ẩn khỏi bản đồ và danh sách.',
  statusHelp: 'Các tình trạng này nghĩa là gì?',
  meansNonCompliant: 'Dữ liệu cho thấy vi phạm ít nhất một quy định chính.',
  meansUnknown: 'Chưa đủ dữ liệu để kết luận đạt hay không đạt. Đây không phải là vi phạm.',
  meansCompliant: 'Dữ liệu cho thấy mọi quy định chính có áp dụng đều được đáp ứng.',
  meansNotApplicable: 'Không quy định chính nào áp dụng cho địa điểm này.',
  asOf: 'tính đến {date}',
  status: 'Tình trạng',
  clusters: 'Cụm công nghiệp',
  craft_villages: 'Làng nghề',
  clustersShort: 'Cụm CN',
  villagesShort: 'Làng nghề',
  total: 'Tổng',
  layers: 'Lớp bản đồ',
  clustersLayer: 'Cụm công nghiệp',
  villagesLayer: 'Làng nghề',
  communes: 'Xã, phường',
  districts: 'Quận, huyện cũ (đến 30/6/2025)',
  waterways: 'Sông, kênh',
  treatment_stations: 'Trạm xử lý nước thải',
  plansLayer: 'Quy hoạch 1/500',
  landUse: 'Loại đất (phóng to để xem lô đất)',
  dashed: 'Nét đứt: ranh giới vẽ minh họa',

  list: 'Danh sách địa điểm',
  listEmpty: 'Không có địa điểm nào với các lựa chọn trên.',
  demoMark: 'Dữ liệu minh họa',
  demoNotice: 'Ranh giới, vị trí và số liệu có dấu này là dựng lên, không phải số đo thật, không có giá trị pháp lý.',
  demoPrecision: 'Vị trí có thể lệch tới {distance}.',

  panel: 'Chi tiết địa điểm',
  demoSite: 'Một phần thông tin dưới đây là dựng lên để minh họa, không dùng để kết luận về địa điểm có thật này.',
  formerDistrict: '{district} cũ',
  about: 'Thông tin chung',
  compliance: 'Tuân thủ',
  infrastructure: 'Hạng mục hạ tầng đã xong',
  worstEffluent: 'Thông số nước thải cao nhất so với giới hạn',
  timesLimit: '{ratio} lần giới hạn',
  sampledOn: 'mẫu ngày {date}',
  notKnown: 'chưa có thông tin',
  perDay: 'ngày',
  millionCubicMetres: 'triệu m³',
  bacteriaPer100Ml: 'vi khuẩn/{break}100 ml',
  recordDate: 'ngày {date}',
  yes: 'có',
  no: 'không',
  assessing: 'Đang tải kết quả đánh giá…',
  rulesBreached: 'Quy định bị vi phạm',
  rulesUnknown: 'Quy định chưa đủ dữ liệu để kết luận',
  rulesMet: 'Quy định đã đáp ứng',
  rulesNotApplicable: 'Quy định không áp dụng',
  advice: 'Lưu ý (không tính vào kết quả)',
  requirement: 'Yêu cầu: {title}',
  failing: '{count} trên {total} thông số của mẫu mới nhất không đạt.',
  outcomeBreached: 'Vi phạm',
  outcomeUnknown: 'Chưa rõ',
  outcomeMet: 'Đáp ứng',
  outcomeNotApplicable: 'Không áp dụng',
  notCore: 'Quy định bổ sung: không quyết định tình trạng chung.',
  missing: 'Còn thiếu',
  missingRecord: 'bản ghi trong “{collection}”',
  limitNotVerified: 'Giới hạn chưa đối chiếu với nguồn: {confidence}.',
  legalBasis: 'Căn cứ',
  inForceFrom: 'từ {from}',
  inForceTo: 'đến {to}',
  subject: 'Nội dung',
  parameter: 'Thông số',
  measured: 'Ghi nhận',
  allowed: 'Giới hạn',
  required: 'Yêu cầu',
  ratio: 'Tỷ số',
  verdict: 'Kết quả',
  verdictFail: 'Không đạt',
  verdictNotAssessable: 'Chưa rõ',
  verdictPass: 'Đạt',
  remarks: 'Cách tính và độ tin cậy của giới hạn',
  ruleCode: 'Mã quy định',
  source: 'Nguồn',
  sourceDate: 'Ngày của nguồn',
  confidence: 'Độ tin cậy',
  verified: 'đã đối chiếu với nguồn',
  'verified-no-address': 'đã đối chiếu, không còn địa chỉ nguồn',
  'recalled-high': 'theo trí nhớ, khá chắc',
  'recalled-medium': 'theo trí nhớ, chưa chắc',
  'recalled-low': 'theo trí nhớ, không chắc',
  notes: 'Ghi chú',
  position: 'Vị trí',
  precision: 'Có thể lệch tới {distance}; địa điểm thật nằm trong vòng nét đứt trên bản đồ.',
  precisionUnknown: 'Không rõ độ lệch.',
  boundaryDrawn: 'Ranh giới được vẽ quanh điểm này cho đủ diện tích đã công bố; không phải ranh giới pháp lý.',
  sourceHeading: 'Nguồn và độ chính xác',
  record: 'Toàn bộ dữ liệu của địa điểm',
  print: 'In',
  links: 'Liên kết',
  assessmentJson: 'Kết quả đánh giá (JSON)',
  siteLink: 'Địa chỉ của địa điểm này trên bản đồ',
  copyLink: 'Sao chép địa chỉ',
  copied: 'Đã sao chép',
  whichSite: 'Có {count} địa điểm ở chỗ này. Xem địa điểm nào?',
  andOthers: 'và {count} địa điểm khác',
} as const;

/** The name of a sentence. */
export type Key = keyof typeof vi;

const en: Record<Key, string> = {
  title: 'Làng Xanh',
  subtitle: 'Industrial clusters and craft villages of Hanoi',
  skipToList: 'Go to the list of sites',
  otherLanguage: 'Tiếng Việt',
  loading: 'Loading data…',
  map: 'Map of the industrial clusters and craft villages of Hanoi',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  noMap: 'This browser cannot draw the map (no WebGL). The list and the details still work.',
  unreachable: 'The server cannot be reached. Check the network, then try again.',
  serverError: 'The server answered with error {status}. Please try again later.',
  retry: 'Try again',
  sidebar: 'Legend and list',
  close: 'Close',
  data: 'Data (OGC API)',

  search: 'Find by name',
  searchHint: 'Cluster, craft village or commune',
  searchCount: '{count} results',
  searchNone: 'No name like that was found.',
  commune: 'Commune',
  plan: '1/500 plan',

  legend: 'Compliance status',
  legendHint: 'Untick to hide from the map and the list.',
  statusHelp: 'What do these statuses mean?',
  meansNonCompliant: 'The data show a breach of at least one core rule.',
  meansUnknown: 'The data do not suffice to prove it either way. This is not a breach.',
  meansCompliant: 'The data show that every core rule that applies is met.',
  meansNotApplicable: 'No core rule applies to this site.',
  asOf: 'as of {date}',
  status: 'Status',
  clusters: 'Industrial cluster',
  craft_villages: 'Craft village',
  clustersShort: 'Clusters',
  villagesShort: 'Villages',
  total: 'Total',
  layers: 'Map layers',
  clustersLayer: 'Industrial clusters',
  villagesLayer: 'Craft villages',
  communes: 'Communes',
  districts: 'Former districts (to 30 June 2025)',
  waterways: 'Rivers and canals',
  treatment_stations: 'Wastewater treatment stations',
  plansLayer: '1/500 plans',
  landUse: 'Land use (zoom in for the parcels)',
  dashed: 'Dashed: boundary drawn for illustration',

  list: 'List of sites',
  listEmpty: 'No site matches the choices above.',
  demoMark: 'Demo data',
  demoNotice: 'Boundaries, positions and readings marked so are made up, not measured, and have no legal force.',
  demoPrecision: 'Positions can be off by up to {distance}.',

  panel: 'Site details',
  demoSite: 'Part of what follows is made up for demonstration; do not judge this real place by it.',
  formerDistrict: 'formerly {district}',
  about: 'About',
  compliance: 'Compliance',
  infrastructure: 'Infrastructure items done',
  worstEffluent: 'Effluent parameter highest against its limit',
  timesLimit: '{ratio} times the limit',
  sampledOn: 'sampled on {date}',
  notKnown: 'not known',
  perDay: 'day',
  millionCubicMetres: 'million m³',
  bacteriaPer100Ml: 'bacteria/{break}100 ml',
  recordDate: 'dated {date}',
  yes: 'yes',
  no: 'no',
  assessing: 'Loading the assessment…',
  rulesBreached: 'Rules breached',
  rulesUnknown: 'Rules that cannot be judged yet',
  rulesMet: 'Rules met',
  rulesNotApplicable: 'Rules that do not apply',
  advice: 'Advice (counts for nothing)',
  requirement: 'Requirement: {title}',
  failing: '{count} of {total} parameters of the newest samples fail.',
  outcomeBreached: 'Breached',
  outcomeUnknown: 'Unknown',
  outcomeMet: 'Met',
  outcomeNotApplicable: 'Not applicable',
  notCore: 'Additional rule: it does not decide the overall status.',
  missing: 'Missing',
  missingRecord: 'a record in “{collection}”',
  limitNotVerified: 'Limit not checked at its source: {confidence}.',
  legalBasis: 'Legal basis',
  inForceFrom: 'from {from}',
  inForceTo: 'to {to}',
  subject: 'Subject',
  parameter: 'Parameter',
  measured: 'On record',
  allowed: 'Limit',
  required: 'Required',
  ratio: 'Ratio',
  verdict: 'Result',
  verdictFail: 'Fails',
  verdictNotAssessable: 'Unknown',
  verdictPass: 'Passes',
  remarks: 'How the limits came about, and how sure they are',
  ruleCode: 'Rule',
  source: 'Source',
  sourceDate: 'Date of source',
  confidence: 'Confidence',
  verified: 'checked at its source',
  'verified-no-address': 'checked, address of the source not kept',
  'recalled-high': 'from memory, fairly sure',
  'recalled-medium': 'from memory, not sure',
  'recalled-low': 'from memory, doubtful',
  notes: 'Notes',
  position: 'Position',
  precision: 'Can be off by up to {distance}; the true place lies within the dashed ring on the map.',
  precisionUnknown: 'How far it can be off is not known.',
  boundaryDrawn: 'The boundary is drawn around this point to the published area; it is not the legal boundary.',
  sourceHeading: 'Source and accuracy',
  record: 'All data of the site',
  print: 'Print',
  links: 'Links',
  assessmentJson: 'Assessment (JSON)',
  siteLink: 'Address of this site on the map',
  copyLink: 'Copy address',
  copied: 'Copied',
  whichSite: 'There are {count} sites here. Which one?',
  andOthers: 'and {count} more',
};

/** A language of the page. */
export type Lang = 'vi' | 'en';

/** A text that the server sends in both languages. */
export type Text = Record<Lang, string>;

/** All sentences, by language. */
export const strings: Record<Lang, Record<Key, string>> = { vi, en };

/** The language asked for by a page address's query; Vietnamese unless it says `lang=en`. */
export function langOf(query: string): Lang {
  return new URLSearchParams(query).get('lang') === 'en' ? 'en' : 'vi';
}

/** The language of this page view; switching it loads the page anew. */
export const lang: Lang = langOf(globalThis.location?.search ?? '');

/** A sentence with its `{placeholders}` filled in. */
export function t(key: Key, values: Record<string, string | number> = {}, language: Lang = lang): string {
  return strings[language][key].replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder));
}

/** The page's language of a text sent in both, or the other one where this is empty. */
export function pick(text: Partial<Text> | null | undefined): string {
  return text?.[lang] || text?.[lang === 'vi' ? 'en' : 'vi'] || '';
}

const LOCALE: Record<Lang, string> = { vi: 'vi-VN', en: 'en-GB' };

/** A number with at most three decimals; thousands are set apart from five digits on, so that years stay years. */
export function formatNumber(value: number, language: Lang = lang): string {
  return new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: 3, useGrouping: 'min2' }).format(value);
}

/**
 * A measured value or a limit as text, such as `< 0.0020` or `5.5–9`. It keeps every digit it came with:
 * laboratories report precision by trailing zeros. Only the decimal mark is the language's: registers have either.
 */
export function formatMeasure(value: string, language: Lang = lang): string {
  return language === 'vi' ? value.replace(/(\d)\.(\d)/g, '$1,$2') : value.replace(/(\d),(\d)/g, '$1.$2');
}

/** A value over its limit, e.g. `1.87`; close to 1, where two decimals could hide on which side it is, with four. */
export function formatRatio(ratio: number, language: Lang = lang): string {
  const digits = Math.abs(ratio - 1) < 0.01 ? 4 : 2;
  return new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: digits }).format(ratio);
}

/** An ISO date (or the date of a date-time) as people write it; other text as it stands. */
export function formatDate(iso: string, language: Lang = lang): string {
  const date = /^\d{4}-\d{2}-\d{2}/.exec(iso);
  if (!date) return iso;
  return new Intl.DateTimeFormat(LOCALE[language], {
    timeZone: 'UTC',
    day: '2-digit',
    month: language === 'vi' ? '2-digit' : 'short',
    year: 'numeric',
  }).format(new Date(`${date[0]}T00:00:00Z`));
}

/** Metres as metres or, from one kilometre on, as kilometres with one decimal. */
export function formatDistance(metres: number, language: Lang = lang): string {
  const number = (value: number, digits: number) =>
    new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: digits }).format(value);
  return metres < 1000 ? `${number(metres, 0)} m` : `${number(metres / 1000, 1)} km`;
}
