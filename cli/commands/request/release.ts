import { ChangeCommand } from '../../change-command.ts';

export default class RequestRelease extends ChangeCommand {
  protected readonly action = 'Release';
}
