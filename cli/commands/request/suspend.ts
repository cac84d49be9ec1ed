import { ChangeCommand } from '../../change-command.ts';

export default class RequestSuspend extends ChangeCommand {
  protected readonly action = 'Suspend';
}
