export { type UppyCore, type UppyDescription, type UppyFile, uppyPreset } from './uppy/uppy-preset.ts';
