/** The actions on a message of a conversation. */
export interface MessageActions {
  /** Sends a user's message again, perhaps edited; replaces it and all after it. */
  resend(messageId: string, text: string, images: readonly string[]): void;
  /** Requests another answer to the same message. */
  regenerate(answerId: string): void;
  /** Creates a session that ends with this message. */
  fork(messageId: string): void;
}
