/** A command or a text to use on some machine, shown in full with a button that copies it. */
import { CopyButton } from './copy-button.tsx';
import './command-box.css';

interface CommandBoxProps {
  /** The heading, and the name for screen readers. */
  title: string;
  text: string;
  copyLabel: string;
  /** Shown instead of the text, as with a hidden password; the button still copies the text. */
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
