/** Makes a picture small enough to be sent over a bad network, without what a camera writes into it beside the picture. */

/** The longer side of a picture that is sent, in pixels. */
export const LONGEST = 2560;

/** The size a picture is drawn in: never larger than it is, its longer side no longer than `longest`. */
export function fitted(width: number, height: number, longest = LONGEST): { width: number; height: number } {
  const factor = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

/** The picture as JPEG, upright and shrunk; one that this browser cannot read is refused. */
export async function shrunk(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const size = fitted(picture.width, picture.height);
  const canvas = document.createElement('canvas');
  Object.assign(canvas, size);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas to draw a picture on');
  // What is transparent would turn black.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, size.width, size.height);
  context.drawImage(picture, 0, 0, size.width, size.height);
  picture.close();
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture cannot be written'))), 'image/jpeg', 0.85));
}
