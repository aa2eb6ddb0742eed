/** The address of MapLibre's worker, which the build makes. */
declare module 'virtual:map-worker' {
  const url: string;
  export default url;
}
