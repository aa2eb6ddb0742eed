/** The pictures of a violation, shrunk as they are taken and kept until they are sent with it. */

import { h, type Child } from '../../ui/h.ts';
import { shrunk } from '../photo.ts';
import { w } from '../words.ts';

/** A picture that was taken. */
export interface Photo {
  blob: Blob;
  /** Where the page shows it from. */
  url: string;
  /** Which one it was when it was taken. */
  number: number;
}

/** The pictures that were taken; `draw` shows them anew. */
export class Photos {
  taken: readonly Photo[] = [];
  private said = '';
  private isClosed = false;
  private adding = Promise.resolve();

  constructor(private readonly draw: () => void) {}

  private tell(said: string): void {
    this.said = said;
    this.draw();
  }

  private keep(taken: readonly Photo[]): void {
    this.taken = taken;
    this.tell(w('photosKept', { count: taken.length }));
  }

  add(files: readonly File[]): Promise<void> {
    return (this.adding = this.adding.then(() => this.shrink(files)));
  }

  /** Resolves once all that was taken so far is there. */
  settled(): Promise<void> {
    return this.adding;
  }

  private async shrink(files: readonly File[]): Promise<void> {
    for (const file of files) {
      this.tell(w('shrinking'));
      try {
        const blob = await shrunk(file);
        if (this.isClosed) return;
        this.keep([...this.taken, { blob, url: URL.createObjectURL(blob), number: this.taken.length + 1 }]);
      } catch (error) {
        console.warn(error);
        this.tell(w('photoUnreadable', { name: file.name }));
      }
    }
  }

  private drop(photo: Photo): void {
    URL.revokeObjectURL(photo.url);
    this.keep(this.taken.filter((one) => one !== photo));
  }

  /** Lets go of the pictures. */
  close(): void {
    this.isClosed = true;
    for (const { url } of this.taken) URL.revokeObjectURL(url);
  }

  view(): Child {
    const add = ({ currentTarget: camera }: { currentTarget: HTMLInputElement }) => {
      const files = [...(camera.files ?? [])];
      // The same file can be chosen once more.
      camera.value = '';
      void this.add(files);
    };
    return h(
      'section',
      { 'aria-labelledby': 'photo-title' },
      h('h3', { id: 'photo-title' }, w('photos')),
      h('ul', { class: 'photos' }, this.taken.map((photo) => h('li', { key: photo.url }, h('img', { src: photo.url, alt: w('photoNumber', { number: photo.number }) }), h('button', { type: 'button', class: 'small', onclick: () => this.drop(photo) }, w('dropPhoto'))))),
      h('input', { type: 'file', id: 'violation-photo', accept: 'image/*', capture: 'environment', multiple: true, class: 'visually-hidden', onchange: add }),
      h('label', { for: 'violation-photo', class: 'button' }, w('takePhoto')),
      h('p', { class: 'quiet', role: 'status' }, this.said),
    );
  }
}
