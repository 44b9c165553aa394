/** What the tunnel is for, in words that need no knowledge of ssh. */
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { tunnelDirectionSchema, type TunnelDirection } from '#contract/tunnel';

interface DirectionChoiceProps {
  direction: TunnelDirection;
  onChange: (direction: TunnelDirection) => void;
}

export function DirectionChoice({ direction, onChange }: DirectionChoiceProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <fieldset className="tunnel-directions">
      <legend>{t('tunnels.form.direction')}</legend>
      {tunnelDirectionSchema.options.map((option) => (
        <div key={option} className="tunnel-direction">
          <input
            type="radio"
            id={`${id}-${option}`}
            name="direction"
            value={option}
            checked={option === direction}
            aria-describedby={`${id}-${option}-text`}
            onChange={() => onChange(option)}
          />
          <label htmlFor={`${id}-${option}`}>{t(`tunnels.form.directions.${option}.title`)}</label>
          <span id={`${id}-${option}-text`} className="sub">
            {t(`tunnels.form.directions.${option}.text`)}
          </span>
        </div>
      ))}
    </fieldset>
  );
}
