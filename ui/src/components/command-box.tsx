/** What a person runs or writes on some machine: whole, ready to copy. */
import { CopyButton } from './copy-button.tsx';
import './command-box.css';

interface CommandBoxProps {
  /** What a screen reader calls it, and what stands above it. */
  title: string;
  text: string;
  copyLabel: string;
  /** Shown in place of the text, as with a hidden password; copied is the text. */
  shown?: string;
}

export function CommandBox({ title, text, copyLabel, shown = text }: CommandBoxProps) {
  return (
    <div className="command-box">
      <div className="row command-box-head">
        <span className="sub grow">{title}</span>
        <CopyButton text={text} label={copyLabel} />
      </div>
      <pre aria-label={title}>{shown}</pre>
    </div>
  );
}
