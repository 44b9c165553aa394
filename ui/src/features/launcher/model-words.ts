/** What a model file is, in a line. */
import type { TFunction } from 'i18next';
import type { Model } from '#contract/system';
import { formatCount, formatParameters, formatTenths } from '../../format/number.ts';

export function describeModel(model: Model, t: TFunction): string {
  const { parameters, layers, contextLength } = model;
  if (model.isToy && parameters !== null) return t('model.toy', { millions: formatTenths(parameters / 1e6) });
  const facts = [
    model.architecture,
    parameters === null ? null : formatParameters(parameters),
    model.quantization,
    model.isProjector ? t('model.projector') : null,
    layers === null ? null : t('model.layers', { count: layers }),
    contextLength === null
      ? null
      : t('model.trainedFor', { count: contextLength, shown: formatCount(contextLength) }),
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}
