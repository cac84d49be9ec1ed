/** Loaded into a process by `node --import`: its clock is off by GOVCLOUD_TEST_CLOCK_SHIFT_MS. */
const shift = Number(process.env['GOVCLOUD_TEST_CLOCK_SHIFT_MS']);
const RealDate = Date;

class ShiftedDate extends RealDate {
  constructor(...args: [] | [number | string | Date]) {
    if (args.length === 0) super(ShiftedDate.now());
    // oxlint-disable-next-line typescript/no-unsafe-argument -- as many arguments as Date takes
    else super(...(args as [number]));
  }

  static override now(): number {
    return RealDate.now() + shift;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
