/** The last net: a fault in the page is shown with a way on, never as a blank page. */
import { t } from 'i18next';
import { Component, type ReactNode } from 'react';

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
          <h1>{t('crash.title')}</h1>
          <p className="sub">{t('crash.text')}</p>
          <pre className="crash-detail">{error.message}</pre>
          <div className="row">
            <button type="button" className="plain-button" onClick={() => this.setState({ error: null })}>
              {t('crash.again')}
            </button>
            <button type="button" className="plain-button" onClick={() => location.reload()}>
              {t('crash.reload')}
            </button>
          </div>
        </div>
      </main>
    );
  }
}
