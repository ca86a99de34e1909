// What d3-flame-graph takes of D3 to move its frames and to write numbers, as far as a picture that does not move needs it:
// in the place of d3-transition, d3-ease, d3-scale and d3-format, two thirds of the script. Frames are where they belong at
// once, which draws large profiles faster and moves nothing for who does not want that.
import { selection } from 'd3-selection';

for (const name of ['transition', 'duration', 'delay', 'ease']) {
  selection.prototype[name] = function () { return this; };
}

export const easeCubic = null;

export const format = () => String;

export function scaleLinear() {
  let [from, to] = [0, 1];
  const scale = value => from + value * (to - from);
  scale.range = range => {
    [from, to] = range;
    return scale;
  };
  return scale;
}
