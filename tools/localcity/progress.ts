import type { Message, MessageParams } from '../../messages/index.ts';

/** Takes each step of a long task, to be rendered in the reader's language. */
export type Progress = (message: Message, params: MessageParams) => void;

/** For callers that show nothing. */
export const silent: Progress = () => {};
