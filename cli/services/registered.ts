import type { InformationSystem, Organization, Project } from '../../api/v1alpha1/index.ts';
import type { Stored } from '../../kube/types.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { type ImportOutcome, problemText, readOffice, register } from './office.ts';

/**
 * Registers the systems of a CSV or .xlsx file in the namespaces of their organisations: new ones are created,
 * changed ones updated (what the table has no column for stays), others left alone. Classified rows are refused by their number before anything is sent;
 * bad rows are named with their cell and the good ones go in.
 */
export async function importSystems(
  hub: Hub,
  file: string,
  content: Buffer,
  dryRun = false,
): Promise<ImportOutcome<Stored<InformationSystem>>> {
  const read = await readOffice(file, content, async () => {
    const [{ readSystems }, { namedOf, organizationNames }, organizations] = await Promise.all([
      import('../../domain/office/systems.ts'),
      import('../../domain/office/names.ts'),
      hub.list<Organization>(kinds.organizations),
    ]);
    const names = organizationNames(organizations.map(namedOf));
    return (sheet) => readSystems(sheet, names);
  });
  const { updatedSystem } = await import('../../domain/office/systems.ts');
  const done = await register(hub, kinds.informationSystems, read.reading, updatedSystem, dryRun);
  return { ...read, ...done, problems: [...read.reading.problems.map(problemText), ...done.problems] };
}

/** The same for approved projects, whose systems must be registered already. */
export async function importProjects(
  hub: Hub,
  file: string,
  content: Buffer,
  dryRun = false,
): Promise<ImportOutcome<Stored<Project>>> {
  const read = await readOffice(file, content, async () => {
    const [{ readProjects }, { namedOf, organizationNames }, { systemNames }, organizations, systems] =
      await Promise.all([
        import('../../domain/office/projects.ts'),
        import('../../domain/office/names.ts'),
        import('../../domain/office/stock.ts'),
        hub.list<Organization>(kinds.organizations),
        hub.in(undefined).list<InformationSystem>(kinds.informationSystems),
      ]);
    const lookup = {
      organizations: organizationNames(organizations.map(namedOf)),
      systems: systemNames(systems),
    };
    return (sheet) => readProjects(sheet, lookup);
  });
  const { updatedProject } = await import('../../domain/office/projects.ts');
  const done = await register(hub, kinds.projects, read.reading, updatedProject, dryRun);
  return { ...read, ...done, problems: [...read.reading.problems.map(problemText), ...done.problems] };
}
