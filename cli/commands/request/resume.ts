import { ChangeCommand } from '../../change-command.ts';

export default class RequestResume extends ChangeCommand {
  protected readonly action = 'Resume';
}
