/** `node policies/static-manifests.ts`: prints the file for the `staticManifestsDir` of an API server of Kubernetes 1.37. */
import { admissionFor } from './admission.ts';

const { manifests } = admissionFor({ staticReview: true });
process.stdout.write(manifests.map(({ yaml }) => yaml).join('---\n'));
