/** Asks once for all who want an answer, and anew for who wants it after it could not be had. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    if (!answer) {
      answer = load();
      answer.catch(() => (answer = undefined));
    }
    return answer;
  };
}
