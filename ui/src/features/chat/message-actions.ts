/** What can be done to a message of a conversation. */
export interface MessageActions {
  /** Sends a message of the user again, perhaps edited; it and all after it are replaced. */
  resend(messageId: string, text: string, images: readonly string[]): void;
  /** Another answer to the same message. */
  regenerate(answerId: string): void;
  /** A new session that ends with this message. */
  fork(messageId: string): void;
}
