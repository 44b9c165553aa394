/** The one line that will run, always in sight; flags stand out, secrets are dots. */
import { useTranslation } from 'react-i18next';

interface CommandPreviewProps {
  /** null: nothing can be shown yet. */
  line: string | null;
}

export function CommandPreview({ line }: CommandPreviewProps) {
  const { t } = useTranslation();
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls: the keyboard must reach it
    <section className="command-preview" aria-label={t('preview.title')} tabIndex={0}>
      {line === null ? (
        <span className="command-empty">{t('preview.empty')}</span>
      ) : (
        <code>{highlight(line)}</code>
      )}
    </section>
  );
}

/** The program first, flags in the accent colour; spaces stay as they are. */
function highlight(line: string) {
  let hasProgram = false;
  return line.split(/(\s+)/).map((word, index) => {
    const key = `${index}`;
    if (/^--?[A-Za-z]/.test(word)) return <em key={key}>{word}</em>;
    if (hasProgram || word.trim() === '' || word === '&' || /^\w+=/.test(word)) return word;
    hasProgram = true;
    return <b key={key}>{word}</b>;
  });
}
