/** Mark and name. */
import { en } from '../locales/en.ts';

export function Brand() {
  return (
    <div className="brand">
      <span className="brand-mark" aria-hidden="true">
        ▸_
      </span>
      <span className="brand-name">{en.brand}</span>
    </div>
  );
}
