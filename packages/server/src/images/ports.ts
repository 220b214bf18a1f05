/** Where faces are, in pixels of the upright picture. */
export interface FaceDetector extends AsyncDisposable {
  detect(picture: { readonly pixels: Buffer; readonly width: number; readonly height: number }): Promise<
    readonly {
      readonly left: number;
      readonly top: number;
      readonly width: number;
      readonly height: number;
    }[]
  >;
}
