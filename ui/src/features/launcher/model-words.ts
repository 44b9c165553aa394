/** What a model file is, in a line. */
import type { Model } from '#contract/system';
import { formatCount, formatParameters } from '../../format/number.ts';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';

export function describeModel(model: Model): string {
  if (model.isToy && model.parameters !== null) return fill(en.model.toy, { parameters: wordedParameters(model.parameters) });
  const facts = [
    model.architecture,
    model.parameters === null ? null : formatParameters(model.parameters),
    model.quantization,
    model.isProjector ? en.model.projector : null,
    model.layers === null ? null : fill(en.model.layers, { layers: model.layers }),
    model.contextLength === null ? null : fill(en.model.trainedFor, { tokens: formatCount(model.contextLength) }),
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

function wordedParameters(count: number): string {
  return `${(count / 1e6).toFixed(1)} ${en.model.million}`;
}
