/** The last net: a fault in the page is shown with a way on, never as a blank page. */
import { Component, type ReactNode } from 'react';
import { en } from '../locales/en.ts';

interface ErrorBoundaryState {
  error: Error | null;
}

export class ErrorBoundary extends Component<{ children: ReactNode }, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <main className="centre">
        <div className="card centre-card" role="alert">
          <h1>{en.crash.title}</h1>
          <p className="sub">{en.crash.text}</p>
          <pre className="crash-detail">{error.message}</pre>
          <div className="row">
            <button type="button" className="plain-button" onClick={() => this.setState({ error: null })}>
              {en.crash.again}
            </button>
            <button type="button" className="plain-button" onClick={() => location.reload()}>
              {en.crash.reload}
            </button>
          </div>
        </div>
      </main>
    );
  }
}
